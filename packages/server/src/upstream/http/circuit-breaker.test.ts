import { beforeEach, describe, expect, test } from 'vitest'
import { CircuitBreaker } from './circuit-breaker.ts'

describe('a circuit breaker', () => {
  let nowMs: number
  let breaker: CircuitBreaker
  const fail = (times: number) => {
    for (let time = 0; time < times; time++) {
      expect(breaker.enter()).toBeUndefined()
      breaker.failed()
    }
  }

  beforeEach(() => {
    nowMs = 0
    breaker = new CircuitBreaker({ failuresMax: 3, pauseMs: 1000, pauseMsMax: 4000, now: () => nowMs })
  })

  test('lets everything through until failures come in a row', () => {
    fail(2)
    breaker.succeeded()
    fail(2)
    expect(breaker.enter()).toBeUndefined()
  })

  test('says how often it failed and when the next attempt is', () => {
    fail(3)
    expect(breaker.enter()).toBe('could not be reached 3 times in a row; the next attempt is in 1 s')
  })

  test('lets one attempt through after the pause, and all when it succeeds', () => {
    fail(3)
    nowMs = 1000
    expect(breaker.enter()).toBeUndefined()
    expect(breaker.enter()).toContain('an attempt is under way')
    breaker.succeeded()
    expect(breaker.enter()).toBeUndefined()
    expect(breaker.enter()).toBeUndefined()
  })

  test('doubles the pause with each attempt that fails, up to its bound', () => {
    fail(3)
    for (const pauseMs of [1000, 2000, 4000, 4000]) {
      nowMs += pauseMs - 1
      expect(breaker.enter()).toBeDefined()
      nowMs += 1
      fail(1)
    }
  })

  test('lets another attempt through when one ended without telling anything', () => {
    fail(3)
    nowMs = 1000
    expect(breaker.enter()).toBeUndefined()
    breaker.undecided()
    expect(breaker.enter()).toBeUndefined()
  })
})
