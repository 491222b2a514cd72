import { expect, it } from 'vitest'
import { createClientSightings } from './client-sightings.ts'
import { createEventBus, type GatewayEvent } from './event-bus.ts'

it('tells of clients only while somebody listens, and no faster than can be read', () => {
  const events = createEventBus(() => {})
  let nowMs = 0
  const seen = createClientSightings(events, () => nowMs)
  const sighting = { namespace: 'demo', info: { name: 'Claude Code', version: '2.1' }, did: '14 tools listed' }
  seen(sighting)
  const told: GatewayEvent[] = []
  events.subscribe((event) => told.push(event))
  for (let n = 0; n < 10; n++) seen(sighting)
  expect(told).toHaveLength(4)
  expect(told[0]).toMatchObject({ type: 'client.seen', namespace: 'demo', client: 'Claude Code 2.1', did: '14 tools listed' })
  nowMs = 1000
  seen({ namespace: null, info: undefined, did: 'connected' })
  expect(told.at(-1)).toMatchObject({ namespace: null, client: expect.stringContaining('no name') })
})
