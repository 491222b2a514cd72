import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failures, runSuite, type ScenarioResult, scoredScenarios } from '../conformance/suite.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { type ExpectedFailure, MODERN_CLIENT_LEGACY_UPSTREAM } from './expected-failures.ts'
import type { Era } from './fixture/serving.ts'
import { type HttpFixture, startHttpFixture, stdioFixture } from './fixture-process.ts'
import { addServer, PATIENT } from './servers.ts'

const RUNS = Number(process.env.CONFORMANCE_RUNS ?? 1)

const LEGACY = '2025-11-25'
const MODERN = '2026-07-28'
const SCORED = { [LEGACY]: 30, [MODERN]: 37 }
const OVER_HTTP = { 'server-sse-polling': 3 }
const OF_LEGACY = { 'server-session-lifecycle': 3, 'json-schema-2020-12': 8 }
const OF_MODERN = { 'json-schema-2020-12': 8, 'http-header-validation': 14 }
const BY_PARAMETER = { 'http-custom-header-server-validation': 10 }

interface Crossing {
  readonly title: string
  readonly revision: typeof LEGACY | typeof MODERN
  readonly over: 'http' | 'stdio'
  readonly upstream: Era
  /** Scenarios that the suite does not score, with the checks that must succeed. */
  readonly unscored: Readonly<Record<string, number>>
  readonly expectedFailures?: readonly ExpectedFailure[]
}

const CROSSINGS: readonly Crossing[] = [
  { title: 'a legacy client, a dual server over HTTP', revision: LEGACY, over: 'http', upstream: 'dual', unscored: { ...OF_LEGACY, ...OVER_HTTP } },
  { title: 'a modern client, a dual server over HTTP', revision: MODERN, over: 'http', upstream: 'dual', unscored: { ...OF_MODERN, ...BY_PARAMETER } },
  { title: 'a legacy client, a dual server over stdio', revision: LEGACY, over: 'stdio', upstream: 'dual', unscored: OF_LEGACY },
  { title: 'a modern client, a dual server over stdio', revision: MODERN, over: 'stdio', upstream: 'dual', unscored: OF_MODERN },
  { title: 'a legacy client, a modern server over HTTP', revision: LEGACY, over: 'http', upstream: 'modern', unscored: OF_LEGACY },
  { title: 'a legacy client, a modern server over stdio', revision: LEGACY, over: 'stdio', upstream: 'modern', unscored: OF_LEGACY },
  ...(['http', 'stdio'] as const).map((over) => ({
    title: `a modern client, a legacy server over ${over === 'http' ? 'HTTP' : 'stdio'}`,
    revision: MODERN as typeof MODERN,
    over,
    upstream: 'legacy' as const,
    unscored: OF_MODERN,
    expectedFailures: MODERN_CLIENT_LEGACY_UPSTREAM,
  })),
]

// The suite sends no token, so the gateway serves without one, on a loopback address.
let gateway: Gateway
const fixtures: HttpFixture[] = []
beforeAll(async () => {
  gateway = await startGateway({ env: { ...PATIENT, AUTH_DISABLED: 'true', BEARER_TOKEN: undefined } })
  for (const era of ['dual', 'modern', 'legacy'] as const) {
    const fixture = await startHttpFixture({ era })
    fixtures.push(fixture)
    await addServer(gateway, `http-${era}`, { kind: 'remote', url: fixture.url })
    // Over stdio a session's capabilities are those of its process.
    await addServer(gateway, `stdio-${era}`, { ...stdioFixture({ era }), ...(era === 'legacy' && { sharing: 'per-capabilities' }) })
  }
}, 180_000)
afterAll(async () => {
  await gateway?.dispose()
  await Promise.all(fixtures.map((fixture) => fixture.stop()))
})

const complaintsOf = (result: ScenarioResult): string[] => result.complaints.map((complaint) => /^\S+ ([^:]+)/.exec(complaint)?.[1] ?? complaint)
const sorted = (entries: readonly (readonly [string, readonly string[]])[]) =>
  Object.fromEntries(entries.map(([scenario, checks]) => [scenario, checks.toSorted()]))

for (let run = 1; run <= RUNS; run++)
  describe.each(CROSSINGS)(`the official conformance suite through a server, $title, run ${run} of ${RUNS}`, (crossing) => {
    const { revision, over, upstream, unscored, expectedFailures = [] } = crossing
    let results: Map<string, ScenarioResult>
    beforeAll(async () => {
      results = await runSuite(`${gateway.url}/${over}-${upstream}/mcp`, revision)
    }, 300_000)

    const expected = new Set(expectedFailures.map(({ scenario }) => scenario))
    const scored = () => [...results.values()].filter((result) => result.scored)

    test(`passes ${SCORED[revision] - expected.size} of ${SCORED[revision]} scored scenarios without a warning or a skip`, () => {
      expect(scoredScenarios(revision)).toHaveLength(SCORED[revision])
      expect(failures(scored().filter(({ scenario }) => !expected.has(scenario)))).toEqual([])
    })

    if (expected.size > 0)
      test('fails exactly what the two revisions cannot express alike', () => {
        const failed = scored().filter(({ passed }) => !passed)
        expect(sorted(failed.map((result) => [result.scenario, complaintsOf(result)]))).toEqual(
          sorted(expectedFailures.map(({ scenario, checks }) => [scenario, checks])),
        )
      })

    test.each(Object.entries(unscored))('passes %s, which is not scored, with at least %i checks', (scenario, checks) => {
      const result = results.get(scenario)
      expect(result, 'the scenario did not run').toBeDefined()
      expect(failures(result === undefined ? [] : [result])).toEqual([])
      expect(result?.succeeded).toBeGreaterThanOrEqual(checks)
    })
  })
