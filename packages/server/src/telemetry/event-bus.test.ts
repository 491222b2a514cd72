import { expect, test } from 'vitest'
import { createEventBus, type GatewayEvent } from './event-bus.ts'

test('tells every listener, whatever one of them does, with the time', () => {
  const troubles: unknown[] = []
  const heard: GatewayEvent[] = []
  const bus = createEventBus((error) => troubles.push(error))
  bus.subscribe(() => {
    throw new Error('mine')
  })
  const listen = (event: GatewayEvent) => heard.push(event)
  const ends = [bus.subscribe(listen), bus.subscribe(listen)]
  expect(bus.listeners).toBe(3)
  bus.publish({ type: 'tool.changed', namespace: 'demo', tool: 'echo' })
  bus.publish({ type: 'server.removed', at: '2026-01-01T00:00:00.000Z', namespace: 'demo' })
  ends[0]?.()
  ends[0]?.()
  bus.publish({ type: 'attention', items: 1 })
  expect(heard.map(({ type }) => type)).toEqual(['tool.changed', 'tool.changed', 'server.removed', 'server.removed', 'attention'])
  expect(heard[0]?.at).toMatch(/^\d{4}-.*Z$/)
  expect(heard[2]?.at).toBe('2026-01-01T00:00:00.000Z')
  expect(troubles).toHaveLength(3)
})
