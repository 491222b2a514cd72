import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditWords } from '../../packages/admin-ui/src/components/audit-words.ts'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { until } from './until.ts'

interface Operation {
  readonly operationId: string
}

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ namespaces: { demo: ECHO }, readyTimeoutMs: 100_000 })
})
afterAll(() => gateway?.dispose())

const entries = async (): Promise<readonly { action: string; subject: string; status: number; principal: string; details: unknown }[]> =>
  (await gateway.http('/api/audit?limit=500')).json.entries

test('whoever may not make a change is recorded for each operation of the document, with its subject, and the UI has words for it', async () => {
  const { json: created } = await gateway.http('/api/keys', { body: { name: 'reader', role: 'caller' } })
  const { json: document } = await gateway.http('/api/openapi.json')
  const refused: string[] = []
  for (const [template, methods] of Object.entries<Record<string, Operation>>(document.paths))
    for (const [method, { operationId }] of Object.entries(methods)) {
      if (method === 'get' || method === 'head') continue
      const path = template
        .replaceAll('{ns}', 'demo')
        .replaceAll('{tool}', 'echo')
        .replaceAll(/\{\w+\}/g, 'some')
      const { status } = await gateway.http(path, { method: method.toUpperCase(), token: created.secret, body: {} })
      if (status === 403) refused.push(operationId)
    }
  expect(refused.length).toBeGreaterThan(30)
  const found = await until('the last of them', async () => {
    const all = (await entries()).filter(({ status }) => status === 403)
    return all.some(({ action }) => action === refused.at(-1)) && all
  })
  // What only looks, though by POST, is no change.
  const looks = ['postBundlesPreview', 'postServersCheck', 'postNamespacesNsValidate']
  expect(refused.filter((id) => !found.some(({ action }) => action === id)).filter((id) => !looks.includes(id))).toEqual([])
  expect(found.filter(({ subject, principal }) => subject === '' || principal !== created.key.id)).toEqual([])
  const spaced = (action: string) => action.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)
  expect(found.map(({ action }) => action).filter((action) => auditWords(action) === spaced(action))).toEqual([])
})

test('what is made is recorded by its name, though the address does not have it', async () => {
  const made: readonly (readonly [path: string, body: object, subject: string])[] = [
    ['/api/namespaces', { name: 'fresh' }, 'fresh'],
    ['/api/bundles', { namespace: 'both', entries: [{ namespace: 'demo', tools: [{ name: 'echo' }] }] }, 'both'],
    ['/api/keys', { name: 'agent', role: 'caller' }, 'agent'],
    ['/api/servers', { namespace: 'far', kind: 'remote', url: 'http://127.0.0.1:9/mcp', start: false }, 'far'],
    ['/api/servers/import', { config: { mcpServers: { near: { url: 'http://127.0.0.1:9/mcp' } } } }, 'near'],
    ['/api/reload', {}, 'reload'],
  ]
  for (const [path, body] of made) expect([path, (await gateway.http(path, { body })).text.slice(0, 9)]).not.toEqual([path, '{"error":'])
  const all = await until('the entries', async () => {
    const found = (await entries()).filter(({ status }) => status < 300)
    return found.some(({ action }) => action === 'postReload') && found
  })
  expect(all.map(({ subject }) => subject)).toEqual(expect.arrayContaining(made.map(([, , subject]) => subject)))
})
