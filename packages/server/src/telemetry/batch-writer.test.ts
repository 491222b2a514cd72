import { expect, test } from 'vitest'
import { BatchWriter, QueueBacklog, type WriteTrouble } from './batch-writer.ts'

function writerOf(write: (batch: readonly number[]) => Promise<void>, pendingMax = 10) {
  const backlog = new QueueBacklog<number>(pendingMax)
  const troubles: WriteTrouble[] = []
  const writer = new BatchWriter<number>({
    ...{ backlog, write, batchMax: 3, delayMs: 0 },
    isPassing: (error) => (error as Error).message === 'locked',
    onTrouble: (trouble) => troubles.push(trouble),
  })
  const add = (...items: number[]) => {
    for (const item of items) backlog.add(item)
    writer.wake()
  }
  return { writer, add, troubles }
}

test('writes in order, in batches, and what waits when it is closed', async () => {
  const written: (readonly number[])[] = []
  const { writer, add } = writerOf(async (batch) => void written.push(batch))
  add(1, 2, 3, 4)
  await writer.close(1000)
  expect(written).toEqual([[1, 2, 3], [4]])
  expect([writer.waiting, writer.dropped]).toEqual([0, 0])
})

test('tries a batch again while the database is locked, drops what is too much, and tells both once for a batch', async () => {
  const written: number[] = []
  const free = Promise.withResolvers<void>()
  let attempts = 0
  const { writer, add, troubles } = writerOf(async (batch) => {
    if (++attempts === 1) throw new Error('locked')
    await free.promise
    written.push(...batch)
  }, 4)
  add(1, 2)
  await expect.poll(() => attempts).toBe(1)
  add(3, 4, 5, 6, 7, 8)
  expect(writer.waiting).toBe(6)
  expect(writer.dropped).toBe(2)
  free.resolve()
  await expect.poll(() => written).toEqual([1, 2, 3, 4, 5, 6])
  expect(troubles).toEqual([
    { reason: 'locked', waiting: 2, dropped: 0 },
    { reason: 'it is taken again', waiting: 4, dropped: 2 },
  ])
  await writer.close(1000)
})

test('a batch that the database refuses as such holds up no other', async () => {
  const written: number[] = []
  const { writer, add, troubles } = writerOf(async (batch) => {
    if (batch.includes(1)) throw new Error('no such column')
    written.push(...batch)
  })
  add(1, 2, 3, 4)
  await writer.close(1000)
  expect(written).toEqual([4])
  expect(writer.dropped).toBe(3)
  expect(troubles).toEqual([{ reason: 'no such column', waiting: 1, dropped: 3 }])
})

test('a database that never answers holds up its end no longer than the grace, and what waits is counted', async () => {
  const { writer, add, troubles } = writerOf(() => new Promise(() => {}))
  add(1, 2)
  await writer.close(20)
  expect(writer.dropped).toBe(2)
  expect(troubles).toEqual([{ reason: 'ToolDock is stopping', waiting: 2, dropped: 2 }])
})
