import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type AuditVerdict, auditGate } from '../scripts/audit-gate.ts'

const LOCK = {
  name: 'audited',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: {
    '': { name: 'audited', version: '1.0.0', dependencies: { shipped: '1.0.0' }, devDependencies: { tool: '1.0.0' } },
    'node_modules/shipped': { version: '1.0.0' },
    'node_modules/tool': { version: '1.0.0', dev: true },
  },
}

let folder: string
let registry: Server | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tooldock-audit-'))
  await writeFile(join(folder, 'package.json'), JSON.stringify(LOCK.packages['']))
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(LOCK))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => {
  registry?.closeAllConnections()
  registry?.close()
})

/** The gate's verdict with a registry that answers audit requests by `answer`. */
async function verdict(answer: (response: ServerResponse) => void): Promise<AuditVerdict> {
  registry = createServer((request, response) => {
    if (request.url === '/-/npm/v1/security/advisories/bulk') answer(response)
    else if (request.method === 'GET')
      response.end(JSON.stringify({ name: request.url?.slice(1), versions: { '1.0.0': { name: request.url?.slice(1), version: '1.0.0' } } }))
    else response.writeHead(404).end('{}')
  }).listen(0, '127.0.0.1')
  await once(registry, 'listening')
  const { port } = registry.address() as AddressInfo
  return (await auditGate({ cwd: folder, registry: `http://127.0.0.1:${port}/`, cache: join(folder, `cache-${port}`) })).verdict
}

const advisory = (name: string, severity: string) => ({
  [name]: [{ id: 1, url: 'https://example.com/1', title: 'It leaks', severity, vulnerable_versions: '<2.0.0', cwe: [], cvss: { score: 8, vectorString: '' } }],
})
const json = (body: unknown) => (response: ServerResponse) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))

test('an advisory of severity high or critical on what ships fails the gate', async () => {
  expect(await verdict(json(advisory('shipped', 'high')))).toBe('failed')
  expect(await verdict(json(advisory('shipped', 'critical')))).toBe('failed')
})

test('a lesser advisory, one on a development tool, or none passes', async () => {
  expect(await verdict(json(advisory('shipped', 'moderate')))).toBe('passed')
  expect(await verdict(json(advisory('tool', 'critical')))).toBe('passed')
  expect(await verdict(json({}))).toBe('passed')
})

test('a registry that cannot answer audit requests skips the gate', async () => {
  expect(await verdict((response) => response.writeHead(404).end())).toBe('skipped')
  expect(await verdict((response) => response.writeHead(405).end())).toBe('skipped')
  expect(await verdict((response) => response.destroy())).toBe('skipped')
})
