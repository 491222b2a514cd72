import { afterAll, beforeAll } from 'vitest'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { describeSuite } from './describe-suite.ts'

// The suite sends no token, so the gateway serves without one, on a loopback address.
let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({
    namespaces: { conformance: `${import.meta.dirname}/namespace` },
    env: { AUTH_DISABLED: 'true', BEARER_TOKEN: undefined },
  })
}, 60_000)
afterAll(() => gateway?.dispose())

const url = () => `${gateway.url}/conformance/mcp`
describeSuite('revision 2025-11-25', {
  url,
  revision: '2025-11-25',
  unscored: { 'server-session-lifecycle': 3, 'json-schema-2020-12': 8, 'server-sse-polling': 3 },
})
describeSuite('revision 2026-07-28', {
  url,
  revision: '2026-07-28',
  unscored: { 'json-schema-2020-12': 8, 'http-header-validation': 14, 'http-custom-header-server-validation': 10 },
})
