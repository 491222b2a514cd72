import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ERRORS, type ErrorCode } from '../../packages/server/src/errors/catalogue.ts'
import { requireOrSkip } from '../skips.ts'
import { ECHO } from '../system/echo-tools.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { workersOf } from '../system/processes.ts'
import { until } from '../system/until.ts'
import { createRandom } from './_random.ts'
import { stateOf } from './admin-state.ts'
import { toolFile, writeKinds, writeOf } from './admin-writes.ts'
import { anySeed, secondsOr } from './bounds.ts'
import { note } from './figures.ts'
import { startLoad, sumOf, wordsOf } from './load.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'

const DISK_MB = 24
/** Records of calls that may wait for the database: few, so that some are dropped. */
const PENDING_MAX = 50

describe('a disk that is full, with logs, metrics and database on it', requireOrSkip('mount'), () => {
  let disk: SmallDisk
  let gateway: Gateway
  beforeEach(async () => {
    disk = mountSmallDisk(DISK_MB)
    const tools = { ...ECHO, 'one.ts': toolFile('one', 'tool one'), 'two.ts': toolFile('two', 'tool two') }
    gateway = await startGateway({ dataDir: disk.path, namespaces: { demo: tools }, env: { CALL_LOG_PENDING_MAX: String(PENDING_MAX), DISK_FREE_MIN_MB: '1' } })
  })
  afterEach(async () => {
    await gateway?.dispose()
    disk.unmount()
  })

  const counts = async () => (await gateway.http('/health')).json.now
  const linesOfLog = () =>
    readdirSync(join(disk.path, 'logs'))
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) =>
        readFileSync(join(disk.path, 'logs', name), 'utf8')
          .split('\n')
          .slice(0, -1),
      )
  const recorded = async () => (await gateway.http('/api/calls?limit=1')).json.calls[0]

  test('stops no call, refuses changes in words and keeps the old state; what is lost is counted; with space all goes on', { timeout: 300_000 }, async () => {
    const random = createRandom(anySeed())
    await gateway.rest('demo', 'echo', { text: 'warm' })
    for (const what of ['make a bundle', 'add a server', 'set a secret', 'create a namespace'])
      await writeOf(what, await stateOf(gateway), random)?.send(gateway)
    let state = await stateOf(gateway)
    disk.fill()

    const load = startLoad(gateway, 'demo')
    await load.recovered()
    const end = performance.now() + secondsOr(1) * 1000
    process.kill(workersOf(gateway.pid)[0]?.pid as number, 'SIGKILL')
    await load.recovered()
    await until('records of calls to be dropped', async () => (await counts()).callRecordsDropped > 0 && performance.now() > end, 60_000)
    const { tried, survived, lost, wrong } = await load.stop()
    expect(wrong).toEqual([])
    expect(Object.keys(lost).filter((code) => code !== 'worker_crashed')).toEqual([])
    const dropped = await counts()
    expect(dropped.logLinesLost).toBeGreaterThan(0)
    expect((await gateway.http('/api/attention')).text).toMatch(/disk/i)

    const refused: Record<string, number> = {}
    for (const what of writeKinds) {
      const write = writeOf(what, state, random)
      if (write === undefined) continue
      const { status, json, text } = await write.send(gateway)
      const found = await stateOf(gateway)
      if (status < 300) {
        expect(found, what).toEqual(write.after)
        state = write.after
        continue
      }
      const code = json?.error?.code as ErrorCode
      expect(code in ERRORS && code !== 'internal_error' && status === ERRORS[code].status, `"${what}" was answered ${status} ${text}`).toBe(true)
      expect(found, what).toEqual(state)
      refused[code] = (refused[code] ?? 0) + 1
    }
    note('A full disk', {
      'calls tried': tried,
      survived,
      lost: sumOf(lost),
      'log lines lost': dropped.logLinesLost,
      'records of calls dropped': dropped.callRecordsDropped,
      'changes refused': wordsOf(refused),
    })

    disk.free()
    for (const what of writeKinds) {
      const write = writeOf(what, state, random)
      if (write === undefined) continue
      const reply = await write.send(gateway)
      expect(reply.status, `"${what}": ${reply.text}`).toBeLessThan(300)
      state = write.after
    }
    expect(await stateOf(gateway)).toEqual(state)
    const asked = new Set<string | null>()
    // What comes before the writer tries again is dropped as well: as many as may wait do.
    const requestId = await until(
      'a call to be recorded',
      async () => {
        asked.add((await gateway.rest('demo', 'echo', { text: 'after' })).headers.get('x-request-id'))
        const latest = (await recorded())?.requestId
        return asked.has(latest) && (latest as string)
      },
      60_000,
    )
    await until('the call to be in the log', () => linesOfLog().some((line) => line.includes(requestId)))
    expect(linesOfLog().filter((line) => parses(line) === false)).toEqual([])
    await gateway.stop()
  })
})

function parses(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
