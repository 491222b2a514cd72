import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTimeOf } from '../kernel/start-time-of.ts'
import { OUTPUT_BYTES_PER_SECOND_MAX } from './output-throttle.ts'
import { type ChildSpec, createProcesses, type Processes } from './processes.ts'

const log = { info() {}, warn() {} }
const ENV = { PATH: '/usr/bin:/bin' }

let dir: string
let processes: Processes
const started: ChildProcess[] = []

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'processes-')))
  processes = createProcesses({ log, dataDir: dir })
})
afterEach(async () => {
  await processes.close()
  for (const child of started.splice(0)) child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

const nodeSpec = (code: string, rest: Partial<ChildSpec> = {}): ChildSpec => ({
  command: process.execPath,
  args: ['-e', code],
  env: ENV,
  cwd: dir,
  stdin: 'ignore',
  protocol: false,
  onOutput: () => {},
  ...rest,
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    // No such process.
    return false
  }
  // A zombie that waits for init to reap it runs no more.
  return process.platform !== 'linux' || !/\) [ZX] /.test(readStat(pid))
}
function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    // Gone since it was asked for.
    return ') X '
  }
}
const appears = (condition: () => unknown) => expect.poll(condition, { timeout: 15_000, interval: 10 }).toBeTruthy()

describe('a child', () => {
  it('gets only the environment it was given, its own group, and a duplex pipe', async () => {
    const code =
      "const s = new (require('net').Socket)({ fd: 3 }); s.on('data', (d) => s.write(d + ' ' + JSON.stringify(process.env))); s.on('end', () => process.exit(0))"
    const child = processes.spawn(nodeSpec(code, { protocol: true, env: { ONLY: 'this' } }))
    child.protocol?.write('hi')
    const answer = await new Promise<string>((resolve) => child.protocol?.once('data', (chunk) => resolve(String(chunk))))
    expect(answer).toBe('hi {"ONLY":"this"}')
    if (process.platform === 'linux')
      expect(
        readStat(child.pid ?? 0)
          .split(') ')[1]
          ?.split(' ')[2],
      ).toBe(String(child.pid))
    await child.stop()
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' })
    expect(processes.size).toBe(0)
  })

  it('says how it ended, also when it never began', async () => {
    expect(await processes.spawn(nodeSpec('process.exit(4)')).exited).toEqual({ code: 4, signal: null })
    const child = processes.spawn({ ...nodeSpec(''), command: join(dir, 'missing') })
    expect(await child.exited).toMatchObject({ error: expect.objectContaining({ code: 'ENOENT' }) })
    await child.stop()
  })

  it('is killed with all it started when it ignores SIGTERM, once however often it is asked', async () => {
    const child = processes.spawn(
      nodeSpec(
        `process.on('SIGTERM', () => {}); const c = require('child_process').spawn('/bin/sh', ['-c', 'trap "" TERM; sleep 100'], { stdio: 'ignore' }); require('fs').writeFileSync('grandchild', String(c.pid)); setInterval(() => {}, 1000)`,
      ),
    )
    await appears(() => existsSync(join(dir, 'grandchild')))
    const grandchild = Number(readFileSync(join(dir, 'grandchild'), 'utf8'))
    await Promise.all([child.stop(100), child.stop(100), child.stop(50)])
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect(isAlive(grandchild)).toBe(false)
  })

  it('does not leave behind what it started when it ends by itself', async () => {
    const child = processes.spawn(
      nodeSpec(
        `const c = require('child_process').spawn('sleep', ['100'], { stdio: 'inherit' }); require('fs').writeFileSync('grandchild', String(c.pid)); c.unref(); setTimeout(() => process.exit(0), 50)`,
      ),
    )
    await child.exited
    const grandchild = Number(readFileSync(join(dir, 'grandchild'), 'utf8'))
    await appears(() => !isAlive(grandchild))
    await child.stop()
    expect(processes.size).toBe(0)
  })

  it('prints at most so much a second, and everything when it prints less', async () => {
    let bytes = 0
    const since = performance.now()
    const quiet = processes.spawn(
      nodeSpec("process.stdout.write('x'.repeat(50000)); process.stderr.write('y'.repeat(50000))", { onOutput: (_, chunk) => void (bytes += chunk.length) }),
    )
    await quiet.exited
    await expect.poll(() => bytes).toBe(100_000)

    bytes = 0
    const flood = processes.spawn(
      nodeSpec("setInterval(() => { for (let i = 0; i < 100; i++) process.stdout.write('x'.repeat(65536)) }, 1)", {
        onOutput: (_, chunk) => void (bytes += chunk.length),
      }),
    )
    await appears(() => bytes > OUTPUT_BYTES_PER_SECOND_MAX / 2)
    await flood.stop(0)
    expect(bytes).toBeLessThan(((performance.now() - since) / 1000 + 1) * OUTPUT_BYTES_PER_SECOND_MAX)
  })

  it('is watched: more memory than allowed is noticed', async () => {
    if (process.platform !== 'linux') return
    const child = processes.spawn(nodeSpec('const kept = []; setInterval(() => kept.push(Buffer.alloc(4 * 1024 * 1024, 1)), 5)'))
    const bytes = await new Promise<number>((resolve) => processes.memory.watch(child.pid ?? 0, 128 * 1024 * 1024, resolve))
    expect(bytes).toBeGreaterThan(128 * 1024 * 1024)
    await child.stop(0)
  })

  it('costs no file descriptor once it has ended', async () => {
    await processes.spawn(nodeSpec('')).stop()
    const count = () => readdirSync('/proc/self/fd').length
    if (process.platform !== 'linux') return
    const before = count()
    await Promise.all(Array.from({ length: 5 }, () => processes.spawn(nodeSpec('setInterval(() => {}, 1000)', { protocol: true, stdin: 'pipe' })).stop()))
    await expect.poll(count).toBeLessThanOrEqual(before)
  })
})

/** A gateway in small: starts children of three kinds and writes their pids. */
const GATEWAY = `
import { writeFileSync, renameSync } from 'node:fs'
import { createProcesses } from ${JSON.stringify(join(import.meta.dirname, 'processes.ts'))}
const processes = createProcesses({ log: { info() {}, warn() {} }, dataDir: process.argv[2] })
const node = (code, protocol) => processes.spawn({ command: process.execPath, args: ['-e', code], env: { PATH: '/usr/bin:/bin' }, cwd: process.argv[2], stdin: 'ignore', protocol, onOutput() {} }).pid
const healthy = node("new (require('net').Socket)({ fd: 3 }).on('end', () => process.exit(0)).resume()", true)
const busy = node("process.on('SIGTERM', () => {}); require('fs').writeFileSync('busy', ''); for (;;);", true)
const parent = node("const c = require('child_process').spawn('/bin/sh', ['-c', 'trap \\"\\" TERM; sleep 100'], { stdio: 'ignore' }); require('fs').writeFileSync('grandchild', String(c.pid)); setInterval(() => {}, 1000)", false)
writeFileSync(process.argv[2] + '/pids.tmp', JSON.stringify([healthy, busy, parent]))
renameSync(process.argv[2] + '/pids.tmp', process.argv[2] + '/pids')
`

describe('when the gateway is killed', () => {
  async function startGateway(): Promise<{ gateway: ChildProcess; pids: number[] }> {
    writeFileSync(join(dir, 'gateway.ts'), GATEWAY)
    const gateway = spawn(process.execPath, [join(dir, 'gateway.ts'), dir], { stdio: 'inherit', env: ENV })
    started.push(gateway)
    await appears(() => existsSync(join(dir, 'pids')) && existsSync(join(dir, 'busy')) && existsSync(join(dir, 'grandchild')))
    const pids = [...(JSON.parse(readFileSync(join(dir, 'pids'), 'utf8')) as number[]), Number(readFileSync(join(dir, 'grandchild'), 'utf8'))]
    expect(pids.every(isAlive)).toBe(true)
    // The notes on disk are written behind the start.
    await appears(() => readdirSync(join(dir, 'run')).length === 3)
    return { gateway, pids }
  }

  it('its children end: a healthy one, one in a loop that ignores SIGTERM, and a grandchild', async () => {
    const { gateway, pids } = await startGateway()
    gateway.kill('SIGKILL')
    // Promised: 5 s.
    await expect.poll(() => pids.filter(isAlive), { timeout: 15_000, interval: 50 }).toEqual([])
  }, 30_000)

  it('and its reaper with it, the next gateway ends what is left', async () => {
    const { gateway, pids } = await startGateway()
    const reaper = readdirSync('/proc').find(
      (pid) => /^\d+$/.test(pid) && readStat(Number(pid)).includes('(sh) ') && readStat(Number(pid)).split(') ')[1]?.split(' ')[1] === String(gateway.pid),
    )
    process.kill(Number(reaper), 'SIGKILL')
    gateway.kill('SIGKILL')
    await appears(() => gateway.signalCode)
    expect(pids.slice(1).every(isAlive)).toBe(true)
    expect(await processes.endLeftovers()).toBeGreaterThanOrEqual(2)
    expect(pids.filter(isAlive)).toEqual([])
    expect(readdirSync(join(dir, 'run'))).toEqual([])
  }, 30_000)

  it('a process of somebody else that has the pid of an earlier child is not touched', async () => {
    const foreign = spawn('sleep', ['100'], { stdio: 'ignore', detached: true })
    started.push(foreign)
    const pid = foreign.pid ?? 0
    await processes.endLeftovers()
    writeFileSync(join(dir, 'run', String(pid)), `${await startTimeOf(process.pid)}`)
    writeFileSync(join(dir, 'run', 'not-a-pid'), 'x')
    expect(await processes.endLeftovers()).toBe(0)
    expect(isAlive(pid)).toBe(true)
    expect(readdirSync(join(dir, 'run'))).toEqual(['not-a-pid'])
  })
})

it('replaces a reaper that was killed', async () => {
  if (process.platform !== 'linux') return
  const shells = () =>
    readdirSync('/proc').filter(
      (pid) => /^\d+$/.test(pid) && readStat(Number(pid)).includes('(sh) ') && readStat(Number(pid)).split(') ')[1]?.split(' ')[1] === String(process.pid),
    )
  const first = processes.spawn(nodeSpec('setInterval(() => {}, 1000)'))
  await appears(() => shells().length === 1)
  process.kill(Number(shells()[0]), 'SIGKILL')
  await appears(() => shells().length === 0)
  const second = processes.spawn(nodeSpec('setInterval(() => {}, 1000)'))
  await appears(() => shells().length === 1)
  await Promise.all([first.stop(), second.stop()])
  await processes.close()
  await appears(() => shells().length === 0)
})
