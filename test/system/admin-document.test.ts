import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from './gateway.ts'

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly requestBody?: unknown
}

let gateway: Gateway
let document: { readonly openapi: string; readonly paths: Record<string, Record<string, Operation>> }

beforeAll(async () => {
  gateway = await startGateway({})
  const answer = await fetch(`${gateway.url}/api/openapi.json`, { headers: { authorization: `Bearer ${gateway.token}` } })
  document = (await answer.json()) as typeof document
})
afterAll(() => gateway.stop())

const operations = () => Object.values(document.paths).flatMap((methods) => Object.values(methods))

test('the admin API describes itself in a valid document, each route with what it does and a name of its own', async () => {
  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true })
  expect(document.openapi).toBe('3.1.0')
  expect(operations().filter(({ summary }) => summary === '')).toEqual([])
  const ids = operations().map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const path of ['/api/reload/{ns}', '/api/servers', '/api/servers/{ns}/files/{path}', '/api/secrets/{name}'])
    expect(Object.keys(document.paths)).toContain(path)
})

test('what takes a body says which', () => {
  for (const [path, methods] of Object.entries(document.paths))
    for (const method of ['put', 'patch']) if (methods[method] !== undefined) expect(methods[method].requestBody, `${method} ${path}`).toBeDefined()
})
