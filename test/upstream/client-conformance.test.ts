import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failures, runClientScenario, scoredScenarios } from '../conformance/suite.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { PATIENT } from './servers.ts'

const RUNS = Number(process.env.CONFORMANCE_RUNS ?? 1)

/** The scored scenarios but those of OAuth, and one that the suite does not score. */
const SCENARIOS = Object.entries({
  '2025-11-25': ['initialize', 'tools_call', 'elicitation-sep1034-client-defaults', 'sse-retry', 'json-schema-2020-12-preservation'],
  '2026-07-28': [
    'tools_call',
    'request-metadata',
    'sep-2322-client-request-state',
    'http-standard-headers',
    'http-custom-headers',
    'http-invalid-tool-headers',
    'json-schema-ref-no-deref',
    'json-schema-2020-12-preservation',
  ],
})
const SCORED: Readonly<Record<string, number>> = { '2025-11-25': 4, '2026-07-28': 7 }

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ env: PATIENT })
}, 60_000)
afterAll(async () => {
  try {
    await gateway?.stop()
  } finally {
    await gateway?.dispose()
  }
})

test.each(SCENARIOS)('every scored client scenario of %s is run but those of OAuth', (revision, scenarios) => {
  const scored = scoredScenarios(revision, 'client').filter((scenario) => !scenario.startsWith('auth/'))
  expect(scored).toHaveLength(SCORED[revision] ?? Number.NaN)
  expect(scenarios).toEqual(expect.arrayContaining(scored))
})

const CASES = SCENARIOS.flatMap(([revision, scenarios]) =>
  (['legacy', 'modern'] as const).flatMap((era) => scenarios.map((scenario) => ({ revision, scenario, era }))),
)
for (let run = 1; run <= RUNS; run++)
  describe.concurrent(`the official suite's servers, with ToolDock as their client, run ${run} of ${RUNS}`, () => {
    test.each(CASES)('$revision $scenario, a $era client in front', { timeout: 120_000 }, async ({ revision, scenario, era }) => {
      const namespace = `${scenario}-${revision}-${era}-${run}`.toLowerCase().replaceAll('_', '-')
      const result = await runClientScenario(scenario, revision, { gateway: { url: gateway.url, token: gateway.token }, namespace, era })
      expect(failures([result])).toEqual([])
    })
  })
