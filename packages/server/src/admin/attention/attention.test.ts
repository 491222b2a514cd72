import { tmpdir } from 'node:os'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import type { ServerStatus } from '../../servers/server-service.types.ts'
import { createEventBus, type GatewayEvent } from '../../telemetry/event-bus.ts'
import { createAttention } from './attention.ts'
import type { AttentionItem } from './attention.types.ts'
import { databaseAttention, diskAttention, draftAttention, failureAttention, lossAttention, secretAttention, serverAttention } from './attention-sources.ts'

const item = (id: string, severity: AttentionItem['severity']): AttentionItem => ({
  id,
  kind: 'bundle_incomplete',
  severity,
  title: id,
  detail: '',
  since: null,
  subject: { kind: 'namespace', name: id },
})

it('lists the worst first, goes on when one source fails, and tells when something else needs a person', async () => {
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const events = createEventBus(() => {})
  const told: GatewayEvent[] = []
  events.subscribe((event) => {
    if (event.type === 'attention') told.push(event)
  })
  let items = [item('a', 'warning'), item('b', 'error')]
  const broken = () => Promise.reject(new Error('the database does not answer'))
  const attention = createAttention({ sources: [() => items, broken], checkMs: 30_000, events, log })
  expect((await attention.list()).map(({ id }) => id)).toEqual(['b', 'a'])
  expect(lines.join()).toContain('the database does not answer')

  const change = () => events.publish({ type: 'server.state', namespace: 'a', state: 'failed', reason: null })
  change()
  change()
  await expect.poll(() => told, { timeout: 10_000 }).toMatchObject([{ items: 2 }])
  items = []
  change()
  await expect.poll(() => told, { timeout: 10_000 }).toMatchObject([{ items: 2 }, { items: 0 }])
  attention.close()
})

it('knows of failing tools, drafts, little disk space and secrets that cannot be read', async () => {
  const rows = [
    { namespace: 'ns', tool: 'bad', calls: 20, errors: 10 },
    { namespace: 'ns', tool: 'rare', calls: 9, errors: 9 },
    { namespace: 'ns', tool: 'busy', calls: 100, errors: 49 },
  ]
  expect(await failureAttention(async () => ({ rows }))()).toMatchObject([{ id: 'failures:ns:bad', subject: { kind: 'namespace', name: 'ns' } }])
  expect(await draftAttention(async () => new Map([['ns', 2]]))()).toMatchObject([{ id: 'drafts:ns', title: 'ns has 2 drafts' }])
  expect(await diskAttention(tmpdir(), 2 ** 40)()).toMatchObject([{ id: 'disk', severity: 'error', detail: expect.stringContaining('DISK_FREE_MIN_MB') }])
  expect(await diskAttention(tmpdir(), 0)()).toEqual([])
  expect(await secretAttention([{ name: 'KEY', namespace: 'ns' }])()).toMatchObject([{ id: 'secret:ns:KEY', subject: { kind: 'secret', name: 'KEY' } }])
})

it('keeps what a source knew when it fails, and counts each kind', async () => {
  const log = pino({ level: 'silent' })
  let isBroken = false
  const source = () => (isBroken ? Promise.reject(new Error('gone')) : [item('a', 'error')])
  const attention = createAttention({ sources: [source], checkMs: 30_000, events: createEventBus(() => {}), log })
  await attention.list()
  isBroken = true
  expect((await attention.list()).map(({ id }) => id)).toEqual(['a'])
  expect(attention.counts()).toMatchObject({ bundle_incomplete: 1, server_failed: 0 })
  attention.close()
})

it('tells a server that keeps ending from one that ended once, and what was lost from what is not', async () => {
  const server = { namespace: 'ns', since: '2026-01-01T00:00:00.000Z', reason: 'it ended', lastExit: null, state: 'running', failures: 0 } as ServerStatus
  const kindsOf = async (change: Partial<ServerStatus>) =>
    (await serverAttention(() => [{ ...server, ...change }])()).map(({ kind, severity }) => [kind, severity])
  expect(await kindsOf({})).toEqual([])
  expect(await kindsOf({ state: 'backing_off', failures: 1 })).toEqual([['server_restarting', 'warning']])
  for (const state of ['backing_off', 'starting', 'running'] as const) expect(await kindsOf({ state, failures: 3 })).toEqual([['crash_loop', 'error']])
  expect(await kindsOf({ state: 'failed', failures: 5 })).toEqual([['server_failed', 'error']])
  expect(await kindsOf({ state: 'stopped', failures: 3 })).toEqual([])

  let lost = 0
  let nowMs = 0
  const losses = lossAttention(
    () => ({ 'records of calls': lost, 'lines of the log': 0 }),
    () => nowMs,
  )
  expect(await losses()).toEqual([])
  lost = 4
  expect(await losses()).toMatchObject([{ kind: 'records_dropped', detail: expect.stringMatching(/: 4 records of calls\./) }])
  nowMs = 20 * 60_000
  expect(await losses()).toEqual([])
  expect(await databaseAttention(async () => {}, 1000)()).toEqual([])
  expect(await databaseAttention(() => new Promise(() => {}), 10)()).toMatchObject([{ kind: 'database_unreachable', severity: 'error' }])
})
