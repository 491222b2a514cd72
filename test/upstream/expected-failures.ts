import type { ExpectedFailure } from '../conformance/describe-suite.ts'

/**
 * What a client of revision 2026-07-28 cannot have from a server that knows only older ones, whoever stands between
 * them: checks of the official suite by scenario, and why.
 */
export const MODERN_CLIENT_LEGACY_UPSTREAM: readonly ExpectedFailure[] = [
  {
    scenario: 'input-required-result-basic-elicitation',
    checks: ['sep-2322-elicitation-incomplete'],
    reason: 'the scenario wants the question under the key user_name; a question on the older wire has no key, so one is made up',
  },
  {
    scenario: 'input-required-result-ignore-extra-params',
    checks: ['sep-2322-ignore-unexpected-params'],
    reason: 'answers come with the first request, under keys that nobody asked for: the server asks, and its question is passed on (a SHOULD)',
  },
  {
    scenario: 'server-stateless',
    checks: ['sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400'],
    reason:
      'the older wire has capabilities for a session: it is opened with exactly those of the request, so the server itself refuses to ask, in its own words and not with -32021',
  },
]
