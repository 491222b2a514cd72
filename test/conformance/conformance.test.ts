import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { failures, runSuite, type ScenarioResult, scoredScenarios } from './suite.ts'

const RUNS = Number(process.env.CONFORMANCE_RUNS ?? 1)

/** Scored scenarios of each revision, and those the suite runs without scoring, with the checks that must succeed. */
const REVISIONS = {
  '2025-11-25': { scored: 30, unscored: { 'server-session-lifecycle': 3, 'json-schema-2020-12': 8, 'server-sse-polling': 3 } },
  '2026-07-28': { scored: 37, unscored: { 'json-schema-2020-12': 8, 'http-header-validation': 14, 'http-custom-header-server-validation': 10 } },
}

// The suite sends no token, so the gateway serves without one, on a loopback address.
let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({
    namespaces: { conformance: `${import.meta.dirname}/namespace` },
    env: { AUTH_DISABLED: 'true', BEARER_TOKEN: undefined },
  })
}, 60_000)
afterAll(() => gateway?.dispose())

for (let run = 1; run <= RUNS; run++)
  describe.each(Object.entries(REVISIONS))(`the official conformance suite, revision %s, run ${run} of ${RUNS}`, (revision, expected) => {
    let results: Map<string, ScenarioResult>
    beforeAll(async () => {
      results = await runSuite(`${gateway.url}/conformance/mcp`, revision)
    }, 300_000)

    test(`passes all ${expected.scored} scored scenarios without a warning or a skip`, () => {
      expect(scoredScenarios(revision)).toHaveLength(expected.scored)
      expect(failures([...results.values()].filter(({ scored }) => scored))).toEqual([])
    })

    test.each(Object.entries(expected.unscored))('passes %s, which is not scored, with at least %i checks', (scenario, checks) => {
      const result = results.get(scenario)
      expect(result, 'the scenario did not run').toBeDefined()
      expect(failures(result === undefined ? [] : [result])).toEqual([])
      expect(result?.succeeded).toBeGreaterThanOrEqual(checks)
    })
  })
