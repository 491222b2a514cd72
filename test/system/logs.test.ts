import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { modern } from './mcp-http.ts'
import { until } from './until.ts'

let gateway: Gateway
afterEach(async () => {
  await gateway?.dispose()
})

const TALKER = `import { defineTool } from 'tooldock'
export const talk = defineTool({ description: 'Logs.', handler(_args, ctx) { ctx.log.info('the tool says so'); return ctx.requestId } })
export const spill = defineTool({ description: 'Tells all it can see of its environment.', handler: () => ({ env: { ...process.env }, argv: process.argv, execArgv: process.execArgv }) })
`

type Line = Readonly<Record<string, unknown>>

function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Line]
    } catch {
      return [] // The words of the start are for people.
    }
  })
}

const dailyFile = () => {
  const folder = join(gateway.dataDir, 'logs')
  return readdirSync(folder)
    .filter((name) => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('')
}

test("the request id of the caller is in every line about the request, down to the worker's, and in the answer", async () => {
  gateway = await startGateway({ namespaces: { demo: { ...ECHO, 'talk.ts': TALKER } }, env: { LOG_FORMAT: 'json' } })
  for (const [id, call] of [
    ['rest-request-1', () => gateway.rest('demo', 'talk', {}, { headers: { 'x-request-id': 'rest-request-1' } })],
    ['mcp-request-1', () => modern(gateway, '/demo/mcp', 'tools/call', { name: 'talk', arguments: {} }, { headers: { 'x-request-id': 'mcp-request-1' } })],
  ] as const) {
    const reply = await call()
    expect(reply.headers.get('x-request-id')).toBe(id)
    const about = (text: string) => linesOf(text).filter((line) => line.requestId === id)
    for (const source of [gateway.output, dailyFile]) {
      const lines = await until(`two lines about ${id}`, () => about(source()).length >= 2 && about(source()))
      expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['request', 'the tool says so']))
      expect(lines.find(({ msg }) => msg === 'the tool says so')).toMatchObject({ namespace: 'demo' })
    }
  }
  expect((await gateway.rest('demo', 'talk')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  const odd = await gateway.rest('demo', 'talk', {}, { headers: { 'x-request-id': 'a'.repeat(5000) } })
  expect(odd.headers.get('x-request-id')?.length).toBeLessThan(300)
  await gateway.stop()
})

test('no secret that was planted anywhere is in a log, an answer or a worker', async () => {
  const secrets = {
    token: 'planted-token-5d1f',
    presented: 'planted-wrong-token-90bc',
    query: 'planted-query-31ef',
    cookie: 'planted-cookie-44dd',
    environment: 'planted-environment-12ab',
  }
  gateway = await startGateway({
    namespaces: { demo: { ...ECHO, 'talk.ts': TALKER } },
    env: { BEARER_TOKEN: secrets.token, OTHER_SECRET: secrets.environment, LOG_LEVEL: 'debug' },
  })
  const answers: string[] = []
  const keep = async (reply: Promise<{ readonly text: string }>) => answers.push((await reply).text)
  await keep(gateway.http(`/demo/openapi/tools?token=${secrets.query}&access_token=${secrets.query}`, { headers: { cookie: `session=${secrets.cookie}` } }))
  await keep(gateway.http('/demo/openapi/tools', { token: secrets.presented }))
  await keep(gateway.http('/nowhere', { headers: { authorization: `Basic ${secrets.presented}` } }))
  await keep(gateway.rest('demo', 'spill'))
  for (const path of ['/health', '/metrics', '/demo/openapi/openapi.json', '/api/openapi.json', '/api/namespaces', '/']) await keep(gateway.http(path))
  const [, , , spilled] = answers
  expect(spilled).toContain('env')
  await gateway.stop()

  const files = readdirSync(gateway.dataDir, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /logs|output/.test(path) && statSync(join(gateway.dataDir, path)).isFile(),
  )
  expect(files.length).toBeGreaterThan(0)
  const everything = {
    output: gateway.output(),
    answers: answers.join('\n'),
    files: files.map((path) => readFileSync(join(gateway.dataDir, path), 'utf8')).join('\n'),
  }
  for (const [where, text] of Object.entries(everything))
    for (const [name, secret] of Object.entries(secrets)) expect(text.includes(secret), `${name} in ${where}`).toBe(false)
})

test('the token is made on the first start, kept where only its owner can read it, and not printed to a pipe', async () => {
  gateway = await startGateway({ namespaces: { demo: ECHO }, env: { BEARER_TOKEN: undefined }, ready: false })
  const path = join(gateway.dataDir, 'token')
  await until('the token file', () => statSync(path, { throwIfNoEntry: false }) !== undefined)
  const token = readFileSync(path, 'utf8').trim()
  expect(token.length).toBeGreaterThanOrEqual(32)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(gateway.output()).toContain(path)
  expect(gateway.output()).not.toContain(token)
  expect((await gateway.http('/demo/openapi/tools', { token: gateway.token })).status).toBe(401)
  await until('ready', async () => (await gateway.http('/health/ready', { token: null })).status === 200)
  expect((await gateway.http('/demo/openapi/tools', { token })).status).toBe(200)
  await gateway.stop()
})
