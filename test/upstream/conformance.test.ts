import { afterAll, beforeAll } from 'vitest'
import { describeSuite, type Revision } from '../conformance/describe-suite.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { MODERN_CLIENT_LEGACY_UPSTREAM } from './expected-failures.ts'
import type { Era } from './fixture/serving.ts'
import { type HttpFixture, startHttpFixture, stdioFixture } from './fixture-process.ts'
import { addServer, PATIENT } from './servers.ts'

const OF: Readonly<Record<Revision, Readonly<Record<string, number>>>> = {
  '2025-11-25': { 'server-session-lifecycle': 3, 'json-schema-2020-12': 8 },
  '2026-07-28': { 'json-schema-2020-12': 8, 'http-header-validation': 14 },
}

interface Crossing {
  readonly revision: Revision
  readonly over: 'HTTP' | 'stdio'
  readonly upstream: Era
  /** Beyond those of its revision. */
  readonly unscored?: Readonly<Record<string, number>>
}

const CROSSINGS: readonly Crossing[] = [
  { revision: '2025-11-25', over: 'HTTP', upstream: 'dual', unscored: { 'server-sse-polling': 3 } },
  { revision: '2026-07-28', over: 'HTTP', upstream: 'dual', unscored: { 'http-custom-header-server-validation': 10 } },
  { revision: '2025-11-25', over: 'stdio', upstream: 'dual' },
  { revision: '2026-07-28', over: 'stdio', upstream: 'dual' },
  { revision: '2025-11-25', over: 'HTTP', upstream: 'modern' },
  { revision: '2025-11-25', over: 'stdio', upstream: 'modern' },
  { revision: '2026-07-28', over: 'HTTP', upstream: 'legacy' },
  { revision: '2026-07-28', over: 'stdio', upstream: 'legacy' },
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

for (const { revision, over, upstream, unscored } of CROSSINGS)
  describeSuite(`a client of ${revision}, a ${upstream} server over ${over}`, {
    url: () => `${gateway.url}/${over.toLowerCase()}-${upstream}/mcp`,
    revision,
    unscored: { ...OF[revision], ...unscored },
    ...(revision === '2026-07-28' && upstream === 'legacy' && { expectedFailures: MODERN_CLIENT_LEGACY_UPSTREAM }),
  })
