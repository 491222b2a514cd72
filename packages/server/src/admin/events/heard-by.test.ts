import { expect, it } from 'vitest'
import { type Principal, TOKEN_HOLDER } from '../../kernel/principal.ts'
import type { CallEntry } from '../../telemetry/calls.types.ts'
import type { GatewayEvent } from '../../telemetry/event-bus.ts'
import { heardBy } from './heard-by.ts'

const caller: Principal = { kind: 'key', id: 'mine', name: 'mine', role: 'caller', sees: { namespaces: new Set(['open']), tools: null } }
const at = '2026-01-01T00:00:00.000Z'
const callOf = (principal: string) => ({ namespace: 'open', principal }) as CallEntry
const job = { id: '1', kind: 'install', message: '', progress: null }
const EVENTS: readonly GatewayEvent[] = [
  { type: 'server.state', at, namespace: 'open', state: 'running', reason: null },
  { type: 'server.state', at, namespace: 'hidden', state: 'running', reason: null },
  { type: 'namespace.changed', at, namespace: 'hidden' },
  { type: 'tool.changed', at, namespace: 'open', tool: 'add' },
  { type: 'call.finished', at, calls: [callOf('mine'), callOf('other')], more: 3 },
  { type: 'call.finished', at, calls: [callOf('other')], more: 0 },
  { type: 'job.progress', at, ...job, subject: 'open' },
  { type: 'job.progress', at, ...job, subject: 'hidden' },
  { type: 'key.changed', at, id: 'k', change: 'created' },
  { type: 'attention', at, items: 1 },
]
const heard = (principal: Principal) => EVENTS.map((event) => heardBy(principal, event)?.type)

it('an administrator hears everything, as it is', () => {
  expect(EVENTS.map((event) => heardBy(TOKEN_HOLDER, event))).toEqual(EVENTS)
})

it('others hear of what they see, of their own calls, and authors of the jobs of their namespaces', () => {
  const none = undefined
  expect(heard(caller)).toEqual(['server.state', none, none, 'tool.changed', 'call.finished', none, none, none, none, none])
  expect(heard({ ...caller, role: 'author' })[6]).toBe('job.progress')
  expect(heardBy(caller, EVENTS[4] as GatewayEvent)).toMatchObject({ calls: [{ principal: 'mine' }], more: 0 })
})
