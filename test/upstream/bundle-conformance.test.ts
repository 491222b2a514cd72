import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeSuite } from '../conformance/describe-suite.ts'
import { type RenameShim, startRenameShim } from '../conformance/rename-shim.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { type Message, modern } from '../system/mcp-http.ts'
import { MODERN_CLIENT_LEGACY_UPSTREAM } from './expected-failures.ts'
import { type HttpFixture, startHttpFixture, stdioFixture } from './fixture-process.ts'
import { addServer, PATIENT } from './servers.ts'

const MEMBERS = ['older', 'newer', 'others'] as const
type Member = (typeof MEMBERS)[number]

// The suite sends no token, so the gateway serves without one, on a loopback address.
let gateway: Gateway
let legacy: HttpFixture
const shims: Partial<Record<Member, RenameShim>> = {}
beforeAll(async () => {
  gateway = await startGateway({ env: { ...PATIENT, AUTH_DISABLED: 'true', BEARER_TOKEN: undefined } })
  legacy = await startHttpFixture({ era: 'legacy' })
  await Promise.all([
    addServer(gateway, 'older', { kind: 'remote', url: legacy.url }),
    addServer(gateway, 'newer', stdioFixture({ era: 'modern' })),
    addServer(gateway, 'others', stdioFixture({ era: 'modern', offer: 'clients' })),
  ])
  const entries = (members: readonly Member[]) => members.map((namespace) => ({ namespace, tools: 'all', resources: 'all', prompts: 'all' }))
  for (const [namespace, members] of Object.entries({ pair: ['older', 'newer'], mixed: ['older', 'others'] } as const)) {
    const { status, text } = await gateway.http('/api/bundles', { body: { namespace, entries: entries(members) } })
    expect(status, text).toBe(201)
  }
  for (const member of ['older', 'newer'] as const) shims[member] = await startRenameShim(`${gateway.url}/pair/mcp`, member)
}, 180_000)
afterAll(async () => {
  await Promise.all(Object.values(shims).map((shim) => shim.stop()))
  await gateway?.dispose()
  await legacy?.stop()
})

describeSuite('a legacy client, the modern server of a bundle', {
  url: () => shims.newer?.url ?? '',
  revision: '2025-11-25',
  unscored: { 'server-session-lifecycle': 3, 'json-schema-2020-12': 8 },
})
describeSuite('a modern client, the legacy server of a bundle', {
  url: () => shims.older?.url ?? '',
  revision: '2026-07-28',
  unscored: { 'json-schema-2020-12': 8, 'http-header-validation': 14 },
  expectedFailures: MODERN_CLIENT_LEGACY_UPSTREAM,
})

const toolsOf = async (address: string): Promise<string[]> =>
  (await modern(gateway, `/${address}/mcp`, 'tools/list')).result.tools.map(({ name }: Message) => name)

test("a bundle's list is that of its servers, and no tool of one is reachable under the name of the other", async () => {
  const [older, others] = await Promise.all([toolsOf('older'), toolsOf('others')])
  expect(older.length).toBeGreaterThan(10)
  expect(others.length).toBeGreaterThan(10)
  const named = [...older.map((name) => `older__${name}`), ...others.map((name) => `others__${name}`)]
  expect(await toolsOf('mixed')).toEqual(named.toSorted())
  const exchanged = [...older.map((name) => `others__${name}`), ...others.map((name) => `older__${name}`), ...older, ...others]
  for (const name of exchanged.filter((exchanged) => !named.includes(exchanged))) {
    const { error } = await modern(gateway, '/mixed/mcp', 'tools/call', { name, arguments: {} })
    expect([name, error?.data.code]).toEqual([name, 'tool_not_found'])
  }
})
