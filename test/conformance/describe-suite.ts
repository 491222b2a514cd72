import { beforeAll, describe, expect, test } from 'vitest'
import { failures, runSuite, type ScenarioResult, scoredScenarios } from './suite.ts'

const RUNS = Number(process.env.CONFORMANCE_RUNS ?? 1)
const SCORED = { '2025-11-25': 30, '2026-07-28': 37 } as const
export type Revision = keyof typeof SCORED

/** Checks of one scenario that cannot succeed, and why. */
export interface ExpectedFailure {
  readonly scenario: string
  readonly checks: readonly string[]
  readonly reason: string
}

export interface SuiteCase {
  /** Asked when the suite runs. */
  readonly url: () => string
  /** The era of the client. */
  readonly revision: Revision
  /** Scenarios that the suite runs without scoring, with the checks that must succeed. */
  readonly unscored: Readonly<Record<string, number>>
  readonly expectedFailures?: readonly ExpectedFailure[]
}

/** Declares the tests of the official suite against one address, as often as CONFORMANCE_RUNS says. */
export function describeSuite(title: string, { url, revision, unscored, expectedFailures = [] }: SuiteCase): void {
  const expected = new Set(expectedFailures.map(({ scenario }) => scenario))
  for (let run = 1; run <= RUNS; run++)
    describe(`the official conformance suite, ${title}, run ${run} of ${RUNS}`, () => {
      let results: Map<string, ScenarioResult>
      beforeAll(async () => {
        results = await runSuite(url(), revision)
        const late = unexpected(results)
        if (late.length === 0) return
        // The suite gives some answers a few hundred milliseconds, which a busy machine may miss: what failed twice is wrong.
        console.warn(`the official suite runs again, because of: ${late.join('; ')}`)
        results = await runSuite(url(), revision)
      }, 600_000)
      const unexpected = (all: Map<string, ScenarioResult>): string[] => {
        const failed = [...all.values()].filter(({ scored: isScored, passed }) => isScored && !passed)
        const known = (result: ScenarioResult): boolean =>
          expectedFailures.some(({ scenario, checks }) => scenario === result.scenario && checksOf(result).every((check) => checks.includes(check)))
        return failures(failed.filter((result) => !known(result)))
      }
      const scored = () => [...results.values()].filter((result) => result.scored)

      test(`passes ${SCORED[revision] - expected.size} of ${SCORED[revision]} scored scenarios without a warning or a skip`, () => {
        expect(scoredScenarios(revision)).toHaveLength(SCORED[revision])
        expect(failures(scored().filter(({ scenario }) => !expected.has(scenario)))).toEqual([])
      })

      if (expected.size > 0)
        test('fails exactly what the two revisions cannot express alike', () => {
          const failed = scored().filter(({ passed }) => !passed)
          expect(sorted(failed.map((result) => [result.scenario, checksOf(result)]))).toEqual(
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
}

const checksOf = ({ complaints }: ScenarioResult): string[] => complaints.map((complaint) => /^\S+ ([^:]+)/.exec(complaint)?.[1] ?? complaint)
const sorted = (entries: readonly (readonly [string, readonly string[]])[]) =>
  Object.fromEntries(entries.map(([scenario, checks]) => [scenario, checks.toSorted()]))
