import { Validator } from '@seriousme/openapi-schema-validator'
import { afterEach, expect, test } from 'vitest'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'

let gateway: Gateway
afterEach(async () => {
  await gateway?.stop()
  await gateway?.dispose()
})

const FORWARDED = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'tools.example.com', 'x-forwarded-prefix': '/team' }
const WEATHER = {
  'weather.ts': `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const weather = defineTool({ title: 'Weather', description: 'The weather.', input: z.object({ city: z.string().default('Oslo') }), output: z.object({ degrees: z.number() }), handler: () => ({ degrees: 21 }) })
export const raw = defineTool({ description: 'Raw JSON Schema.', input: { type: 'object', $defs: { name: { type: 'string' } }, properties: { name: { $ref: '#/$defs/name' } } }, handler: () => 'ok' })
`,
}

interface Operation {
  readonly operationId: string
  readonly responses: Record<string, unknown>
}

test('the documents are valid OpenAPI 3.1, one typed operation per tool, and each operation answers as it says', async () => {
  gateway = await startGateway({ namespaces: { demo: { ...ECHO, ...WEATHER }, other: ECHO } })
  for (const [path, tools] of [
    ['/demo/openapi', ['echo', 'raw', 'weather']],
    ['/openapi', ['demo__echo', 'demo__raw', 'demo__weather', 'other__echo']],
  ] as const) {
    const { json: document } = await gateway.http(`${path}/openapi.json`)
    const validated = await new Validator().validate(document)
    expect(validated.errors ?? []).toEqual([])
    expect(document.openapi).toMatch(/^3\.1\./)
    const operations = Object.entries(document.paths as Record<string, { post: Operation }>).map(([route, { post }]) => ({ route, ...post }))
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(tools)
    for (const { route, operationId, responses } of operations) {
      expect(route).toBe(`/tools/${operationId}`)
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '401', '404', '413', '415', '422', '429', '502', '503', '504']))
    }
    const [server] = document.servers as [{ url: string }]
    const base = new URL(server.url, `${gateway.url}${path}/`).pathname.replace(/\/$/, '')
    expect((await gateway.http(`${base}/tools/${tools[0]}`, { body: { text: 'hello' } })).status).toBe(200)
  }
  expect((await gateway.rest('demo', 'weather', {})).json).toEqual({ degrees: 21 })
})

test("a trusted proxy's headers decide the address in the document; nobody else's do", async () => {
  gateway = await startGateway({ namespaces: { demo: ECHO }, env: { TRUST_PROXY: '127.0.0.1/32' } })
  const servers = async () => JSON.stringify((await gateway.http('/demo/openapi/openapi.json', { headers: FORWARDED })).json.servers)
  expect(await servers()).toContain('/team/demo/openapi')
  await gateway.stop()
  await gateway.dispose()
  gateway = await startGateway({ namespaces: { demo: ECHO } })
  expect(await servers()).not.toMatch(/team|tools\.example\.com/)
})

test('a reload shows in the document at once', async () => {
  gateway = await startGateway({ namespaces: { demo: ECHO } })
  const paths = async () => Object.keys((await gateway.http('/demo/openapi/openapi.json')).json.paths).toSorted()
  expect(await paths()).toEqual(['/tools/echo'])
  gateway.write('demo', WEATHER)
  expect((await gateway.reload('demo')).status).toBe(200)
  expect(await paths()).toEqual(['/tools/echo', '/tools/raw', '/tools/weather'])
})
