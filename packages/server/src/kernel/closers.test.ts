import { expect, test } from 'vitest'
import { createClosers } from './closers.ts'

test('closes in reverse, once, and all of them although one fails', async () => {
  const closed: string[] = []
  const { opened, close } = createClosers()
  expect(opened('first', (it) => void closed.push(it))).toBe('first')
  opened('second', () => Promise.reject(new Error('stuck')))
  opened('third', async (it) => void closed.push(it))
  await expect(close()).rejects.toThrow('stuck')
  await expect(close()).rejects.toThrow('stuck')
  expect(closed).toEqual(['third', 'first'])
})
