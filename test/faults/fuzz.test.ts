import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../../packages/server/src/config/load-config.ts'
import { SETTINGS } from '../../packages/server/src/config/settings.ts'
import { ECHO } from '../system/echo-tools.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { LegacySession, modern } from '../system/mcp-http.ts'
import { until } from '../system/until.ts'
import { oddString } from './_mutate.ts'
import { createRandom } from './_random.ts'
import { anySeed, roundsOr } from './bounds.ts'
import { note } from './figures.ts'
import { type FuzzCase, GENERATORS, type Reality } from './fuzz-requests.ts'
import { faultLines, faultOf } from './judge.ts'
import { sendRaw } from './raw-http.ts'

const ROUNDS = roundsOr(120)
const AT_ONCE = 8
/** Every upload loads the folder anew: fewer of them take as long as the others. */
const SLOW_BY: Readonly<Record<string, number>> = { 'uploaded files': 20, 'bodies of the admin API': 3 }
const DEADLINE_MS = 60_000 + ROUNDS * 500

const ASK = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const ask = defineTool({ description: 'Asks.', handler: async (_args, ctx) => (await ctx.elicit({ message: 'Name?', schema: z.object({ name: z.string() }), key: 'name' })).content?.name })
`

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({
    namespaces: { demo: { ...ECHO, 'ask.ts': ASK }, scratch: {} },
    env: { PARKED_CALLS_MAX: '100000', API_KEYS_MAX: '100000', SESSIONS_MAX: '1000000', SIGN_IN_FAILURES_MAX: '10000', TOOL_TIMEOUT_SECONDS: '5' },
    readyTimeoutMs: 120_000,
  })
})
afterAll(async () => {
  try {
    await gateway?.stop()
  } finally {
    await gateway?.dispose()
  }
})

async function realityOf(): Promise<Reality> {
  const { id } = await LegacySession.open(gateway, '/demo/mcp')
  const asked = await modern(gateway, '/demo/mcp', 'tools/call', { name: 'ask', arguments: {} }, { capabilities: { elicitation: {} } })
  return { token: gateway.token, sessionId: id, requestState: asked.result.requestState }
}

interface Finding {
  readonly what: string
  readonly fault: string
  readonly sent: string
  readonly answer: string
}

/** Sends every case to the port, a few at once, and judges what comes back. */
async function fuzz(port: number, cases: readonly FuzzCase[]): Promise<Finding[]> {
  const findings: Finding[] = []
  const left = [...cases]
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const answer = await sendRaw(port, next.bytes, next.mayBeHalf)
      const fault = faultOf(answer, next.mayBeHalf)
      if (fault !== undefined)
        findings.push({ what: next.what, fault, sent: next.bytes.toString('latin1').slice(0, 1500), answer: `${answer.status} ${answer.body.slice(0, 500)}` })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return findings
}

describe('whatever a client sends is answered in the documented way, and the next call is answered too', { timeout: DEADLINE_MS }, () => {
  test.each(Object.keys(GENERATORS))('%s', async (name) => {
    const seed = anySeed()
    const random = createRandom(seed)
    const reality = await realityOf()
    const before = faultLines(gateway.output()).length
    const count = Math.ceil(ROUNDS / (SLOW_BY[name] ?? 1))
    const cases = Array.from({ length: count }, () => GENERATORS[name]?.(reality, random) as FuzzCase)
    const findings = await fuzz(gateway.port, cases)
    const again = `FAULTS_SEED=${seed} FAULTS_ROUNDS=${ROUNDS}`
    note('Fuzzing', { what: name, cases: count, findings: findings.length })
    expect(findings.slice(0, 5), again).toEqual([])
    expect(faultLines(gateway.output()).slice(before, before + 5), again).toEqual([])
    expect((await gateway.rest('demo', 'echo', { text: 'still here' })).status, again).toBe(200)
  })

  test('leaves no stream open', async () => {
    await until('the streams to end', async () => /^tooldock_streams 0$/m.test((await gateway.http('/metrics')).text))
  })
})

test('settings of any text are refused in words or understood', { timeout: DEADLINE_MS }, () => {
  const seed = anySeed()
  const random = createRandom(seed)
  for (let round = 0; round < ROUNDS * 5; round++) {
    const { env } = random.pick(Object.values(SETTINGS))
    const value = oddString(random)
    try {
      loadConfig({ [env]: value })
    } catch (error) {
      expect(error, `FAULTS_SEED=${seed}: ${env}=${JSON.stringify(value)}`).toBeInstanceOf(ConfigError)
    }
  }
})

test('the judge is no friend: a server that answers wrongly is found out', { timeout: DEADLINE_MS }, async () => {
  const wrong = createServer((_request, response) => {
    const answers = [
      () => response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"code":"internal_error","message":"x","requestId":"1"}}'),
      () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"half":'),
      () => response.writeHead(400, { 'content-type': 'text/html' }).end('<h1>Error</h1>'),
      () => response.writeHead(400, { 'content-type': 'application/json' }).end('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}'),
      () => response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"code":"forbidden","message":"x","requestId":"1"}}'),
      () => response.socket?.destroy(),
    ]
    answers[turn++ % answers.length]?.()
  }).listen(0, '127.0.0.1')
  let turn = 0
  try {
    const random = createRandom(anySeed())
    const reality = { token: 'x', sessionId: 'x', requestState: 'x' }
    const cases = Array.from({ length: 24 }, () => GENERATORS['JSON-RPC of 2026-07-28']?.(reality, random) as FuzzCase)
    await until('it to listen', () => wrong.listening)
    const findings = await fuzz((wrong.address() as AddressInfo).port, cases)
    expect(findings).toHaveLength(cases.length)
    expect(new Set(findings.map(({ fault }) => fault)).size).toBe(6)
  } finally {
    wrong.close()
  }
})
