import { afterEach, expect, test } from 'vitest'
import { CLOSES_IDLE, footprintOf, returnsTo, settledFootprint } from '../faults/footprint.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { LegacySession } from '../system/mcp-http.ts'
import { descendantsOf } from '../system/processes.ts'
import { until } from '../system/until.ts'
import { stdioFixture } from './fixture-process.ts'
import { addServer, PATIENT } from './servers.ts'

const SESSIONS = 300
/** With a process each. */
const OWN_PROCESSES = 3

let gateway: Gateway
afterEach(() => gateway?.dispose())

/** They list, and are never heard of again. */
async function abandon(namespace: string, count: number): Promise<void> {
  for (let opened = 0; opened < count; opened++) {
    const session = await LegacySession.open(gateway, `/${namespace}/mcp`)
    if (namespace === 'own') await session.request('tools/call', { name: 'test_simple_text', arguments: {} })
    else await session.request('tools/list')
  }
}

test('sessions that nobody ends leave no process and no descriptor behind', { timeout: 300_000 }, async () => {
  gateway = await startGateway({ env: { ...PATIENT, ...CLOSES_IDLE, SESSION_IDLE_MINUTES: '0.2' } })
  await addServer(gateway, 'one', stdioFixture({ era: 'legacy' }))
  await addServer(gateway, 'own', { ...stdioFixture({ era: 'legacy' }), sharing: 'per-session' })
  const idle = descendantsOf(gateway.pid).length
  const ended = () => until('the sessions to end', async () => /^tooldock_sessions 0$/m.test((await gateway.http('/metrics')).text), 120_000)
  const round = (sessions: number) => Promise.all([abandon('own', OWN_PROCESSES), abandon('one', sessions), abandon('one', sessions)])
  await round(1)
  await ended()
  await until('the processes of the first to be gone', () => descendantsOf(gateway.pid).length <= idle)
  const before = await settledFootprint(gateway)
  await round(SESSIONS / 2)
  expect(footprintOf(gateway).processes).toBeGreaterThan(before.processes)
  await ended()
  await returnsTo(gateway, before)
})
