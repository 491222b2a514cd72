import { describe, expect, it } from 'vitest'
import { startRun } from './run.ts'
import { loadHistory, rememberRun } from './run-history.ts'

function memory(initial?: string): Storage {
  const entries = new Map<string, string>(initial === undefined ? [] : [['tooldock.playground.history', initial]])
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => entries.set(key, value),
    removeItem: (key) => entries.delete(key),
    clear: () => entries.clear(),
    key: () => null,
    get length() {
      return entries.size
    },
  }
}

const request = { namespace: 'n', tool: 't', arguments: {}, protocol: 'rest' } as const

describe('the history of runs', () => {
  it('keeps the newest fifty, newest first', () => {
    const storage = memory()
    for (let index = 0; index < 60; index++) rememberRun(storage, startRun(String(index), request, index))
    const history = loadHistory(storage)
    expect([history.length, history[0]?.key, history.at(-1)?.key]).toEqual([50, '59', '10'])
  })

  it('does not keep huge arguments, and survives what is not its own', () => {
    expect(rememberRun(memory(), startRun('k', { ...request, arguments: { text: 'x'.repeat(30_000) } }, 0))).toEqual([])
    expect(loadHistory(memory('{not json'))).toEqual([])
  })
})
