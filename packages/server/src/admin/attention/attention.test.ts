import { tmpdir } from 'node:os'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { createEventBus, type GatewayEvent } from '../../telemetry/event-bus.ts'
import { createAttention } from './attention.ts'
import type { AttentionItem } from './attention.types.ts'
import { diskAttention, draftAttention, failureAttention, secretAttention } from './attention-sources.ts'

const item = (id: string, severity: AttentionItem['severity']): AttentionItem => ({
  id,
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
  const attention = createAttention({ sources: [() => items, broken], events, log })
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
