import { expect, test } from 'vitest'
import { BoundedQueue } from './bounded-queue.ts'

const queueOf = (change: Partial<ConstructorParameters<typeof BoundedQueue>[0]> = {}) =>
  new BoundedQueue({ concurrency: 1, pendingMax: 10, waitMs: 10_000, refusal: (reason) => new Error(reason), ...change })

test('runs as many as allowed at once, the others in the order they came', async () => {
  const queue = queueOf({ concurrency: 2 })
  const order: string[] = []
  const gates = ['a', 'b', 'c', 'd'].map((name) => ({ name, ...Promise.withResolvers<void>() }))
  const tasks = gates.map(({ name, promise }) =>
    queue.run(() => {
      order.push(name)
      return promise
    }),
  )
  expect(order).toEqual(['a', 'b'])
  gates[1]?.resolve()
  await tasks[1]
  gates[0]?.resolve()
  await tasks[0]
  for (const gate of gates) gate.resolve()
  await Promise.all(tasks)
  expect(order).toEqual(['a', 'b', 'c', 'd'])
  expect(queue.pending).toBe(0)
})

test('a failed task gives its turn on', async () => {
  const queue = queueOf()
  const failed = queue.run(() => Promise.reject(new Error('mine')))
  const next = queue.run(() => Promise.resolve('ran'))
  await expect(failed).rejects.toThrow('mine')
  expect(await next).toBe('ran')
})

test('refuses beyond its bound, after the wait, and when closed', async () => {
  const queue = queueOf({ pendingMax: 2, waitMs: 10 })
  const gate = Promise.withResolvers<void>()
  const running = queue.run(() => gate.promise)
  const waiting = queue.run(() => Promise.resolve())
  await expect(queue.run(() => Promise.resolve())).rejects.toThrow('full')
  await expect(waiting).rejects.toThrow('timeout')
  const late = queue.run(() => Promise.resolve())
  const refused = expect(late).rejects.toThrow('closed')
  const closed = queue.close()
  await refused
  await expect(queue.run(() => Promise.resolve())).rejects.toThrow('closed')
  gate.resolve()
  await running
  await closed
  expect(queue.pending).toBe(0)
})
