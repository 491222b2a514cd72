import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FindUndocumented, readDocumented } from '../../packages/server/src/admin/test-documented.ts'
import { ECHO } from './echo-tools.ts'
import { type Gateway, type HttpOptions, type HttpReply, startGateway } from './gateway.ts'
import { processesNaming } from './processes.ts'

let gateway: Gateway
let registry: Server
let findUndocumented: FindUndocumented
/** Packages are asked for and never come. */
const asked = Promise.withResolvers<void>()

beforeAll(async () => {
  registry = createServer((_request, response) => {
    // What it is asked first says that npm runs; it gets no answer.
    asked.resolve()
    response.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(registry, 'listening')
  gateway = await startGateway({
    namespaces: { demo: ECHO },
    env: { NPM_REGISTRY: `http://127.0.0.1:${(registry.address() as AddressInfo).port}` },
  })
  findUndocumented = await readDocumented(gateway.url, gateway.token)
})
afterAll(async () => {
  registry.closeAllConnections()
  registry.close()
  await gateway.stop()
  await gateway.dispose()
})

/** Asks the admin API; what it answers must be what its document says. */
async function ask(method: string, path: string, options: HttpOptions = {}): Promise<HttpReply> {
  const reply = await gateway.http(`/api/${path}`, { ...options, method })
  expect(findUndocumented(method, `/api/${path}`, reply.status, reply.json), `${method} ${path}`).toEqual([])
  return reply
}

const source = (answer: string): string =>
  `import { defineTool } from 'tooldock'\nexport const hello = defineTool({ description: 'Says it', handler: () => '${answer}' })\n`

test('a namespace is made of each template, and its tools answer', async () => {
  const { templates } = (await ask('GET', 'templates')).json
  expect(templates.map(({ id }: { id: string }) => id)).toEqual(['tool', 'http-api', 'resources-prompts', 'ask'])
  for (const { id } of templates) {
    const made = await ask('POST', 'namespaces', { body: { name: `from-${id}`, template: id, description: 'Mine' } })
    expect([made.status, made.json]).toMatchObject([201, { name: `from-${id}`, kind: 'native', state: 'published', description: 'Mine', problems: [] }])
    expect(made.json.tools).toBeGreaterThan(0)
  }
  expect((await gateway.rest('from-tool', 'hello', { name: 'Ann' })).text).toContain('Hello, Ann!')
  expect((await ask('POST', 'namespaces', { body: { name: 'from-tool' } })).status).toBe(409)
  expect((await ask('POST', 'namespaces', { body: { name: 'api' } })).status).toBe(400)
  expect((await ask('POST', 'namespaces', { body: { name: 'x', template: 'none' } })).status).toBe(404)
  expect((await ask('POST', 'namespaces', { body: { name: 'bare' } })).json).toMatchObject({ tools: 0, state: 'published' })

  const { json } = await ask('GET', 'namespaces')
  const listed = json.namespaces.find(({ name }: { name: string }) => name === 'from-ask')
  expect(listed.endpoints).toEqual({
    mcp: `${gateway.url}/from-ask/mcp`,
    sse: `${gateway.url}/from-ask/sse`,
    openapi: `${gateway.url}/from-ask/openapi/openapi.json`,
    docs: `${gateway.url}/from-ask/openapi/docs`,
  })
  for (const namespaces of [['from-ask'], ['from-ask', 'demo'], null])
    await gateway.http('/api/keys', { body: { name: `sees ${namespaces}`, role: 'caller', namespaces } })
  await gateway.http('/api/bundles', { body: { namespace: 'of-ask', entries: [{ namespace: 'from-ask' }] } })
  const uses = { keys: ['sees from-ask'], bundles: ['of-ask'], callsLastDay: 0 }
  expect((await ask('GET', 'namespaces/from-ask/uses')).json).toEqual(uses)
  expect((await ask('DELETE', 'namespaces/from-ask')).json.error).toMatchObject({ code: 'conflict', details: { tools: 1, files: 2, ...uses } })
  expect((await ask('DELETE', 'namespaces/from-ask?force=true')).status).toBe(200)
  expect((await gateway.http('/from-ask/openapi/openapi.json')).status).toBe(404)
})

test('a tool is written, broken, mended and called; two who edit it do not overwrite each other', async () => {
  await ask('POST', 'namespaces', { body: { name: 'edited', template: 'tool' } })
  const file = 'namespaces/edited/files/hello.ts'
  const read = await ask('GET', file)
  const etag = read.headers.get('etag') ?? ''
  expect(read.json).toMatchObject({ path: 'hello.ts', encoding: 'utf8', etag, published: true, draft: null })

  const broken = 'export const a = 1\nexport const b = = 2\n'
  const checked = await ask('POST', 'namespaces/edited/validate', { body: { files: [{ path: 'hello.ts', content: broken }] } })
  expect(checked.json).toMatchObject({ report: null, problems: [{ file: 'hello.ts', line: 2, code: 'syntax_error' }] })
  const refused = await ask('PUT', file, { headers: { 'if-match': etag }, body: { content: broken } })
  expect([refused.status, refused.json.error]).toMatchObject([422, { code: 'reload_failed', details: { problems: [{ line: 2 }] } }])

  const drafted = await ask('PUT', `${file}?force=true`, { headers: { 'if-match': etag }, body: { content: broken } })
  expect(drafted.json).toMatchObject({ draft: true, problems: [{ line: 2 }], file: { draft: true, published: true } })
  expect((await ask('GET', 'namespaces/edited')).json).toMatchObject({ drafts: 1, unpublishedChanges: false })
  expect((await gateway.rest('edited', 'hello', { name: 'Ann' })).text).toContain('Hello, Ann!')

  const late = await ask('PUT', file, { headers: { 'if-match': etag }, body: { content: source('late') } })
  expect([late.status, late.json.error]).toMatchObject([412, { details: { by: 'token', draft: true, etag: drafted.json.etag } }])
  expect((await ask('PUT', file, { body: { content: source('none') } })).status).toBe(428)
  const mended = await ask('PUT', file, { headers: { 'if-match': drafted.json.etag }, body: { content: source('mended') } })
  expect(mended.json).toMatchObject({
    draft: false,
    report: { changed: true, tools: { changed: [{ name: 'hello' }] } },
    file: { draft: false, published: true },
  })
  expect(mended.headers.get('etag')).toBe(mended.json.etag)
  expect((await gateway.rest('edited', 'hello', {})).text).toContain('mended')

  const dry = await ask('PUT', 'namespaces/edited/files/more.ts?dryRun=true', { body: { content: source('m').replaceAll('hello', 'more') } })
  expect(dry.json).toMatchObject({ file: null, report: { dryRun: true, tools: { added: ['more'] } } })
  await ask('POST', 'namespaces/edited/upload', {
    body: { files: [{ path: 'data/words.txt', content: Buffer.from([0, 1]).toString('base64'), encoding: 'base64' }] },
  })
  expect((await ask('GET', 'namespaces/edited/files/data/words.txt')).json).toMatchObject({ bytes: 2, encoding: 'base64', content: 'AAE=' })
  await ask('POST', 'namespaces/edited/rename', { body: { from: 'hello.ts', to: 'greet.ts' } })
  await ask('DELETE', 'namespaces/edited/files/data/words.txt')
  expect((await ask('GET', 'namespaces/edited/files')).json.files.map(({ path }: { path: string }) => path)).toEqual(['greet.ts', 'tooldock.json'])

  const { versions } = (await ask('GET', 'namespaces/edited/history?path=hello.ts')).json
  expect(versions.map(({ action, by }: { action: string; by: string }) => [action, by])).toEqual([
    ['rename', 'token'],
    ['write', 'token'],
    ['write', 'token'],
  ])
  expect((await ask('GET', `namespaces/edited/history/${versions[2].id}`)).json.content).toContain('Greets somebody')
  // Both would define the same tool.
  expect((await ask('POST', `namespaces/edited/history/${versions[1].id}/restore`)).json.error.details.problems).toMatchObject([{ code: 'duplicate_name' }])
  await ask('DELETE', 'namespaces/edited/files/greet.ts')
  expect((await ask('POST', `namespaces/edited/history/${versions[1].id}/restore`)).status).toBe(200)
  expect((await ask('GET', 'namespaces/edited/files')).json.files.map(({ path }: { path: string }) => path)).toContain('hello.ts')

  const patched = await ask('PATCH', 'namespaces/edited', { body: { description: 'Better', env: { A: '1' }, limits: { timeoutSeconds: 5 } } })
  expect(patched.json).toMatchObject({ description: 'Better', manifest: { env: { A: '1' }, limits: { timeoutSeconds: 5 } } })
  expect((await ask('PATCH', 'namespaces/edited', { body: { description: null, limits: { timeoutSeconds: null } } })).json).toMatchObject({
    description: null,
    manifest: { env: { A: '1' }, limits: {} },
  })
  for (const path of ['..%2f..%2ftoken', '%2fetc%2fpasswd', 'a%00b', '.env'])
    expect([400, 404], path).toContain((await ask('PUT', `namespaces/edited/files/${path}`, { body: { content: 'x' } })).status)
})

test('what has no folder is said to have none', async () => {
  await gateway.http('/api/bundles', { body: { namespace: 'both', entries: [{ namespace: 'demo' }] } })
  const bundle = (await ask('GET', 'namespaces/both')).json
  expect(bundle).toMatchObject({ kind: 'bundle', manifest: null, worker: null, drafts: 0 })
  for (const path of ['files', 'history', 'dependencies', 'generations', 'output']) {
    const { status, json } = await ask('GET', `namespaces/both/${path}`)
    expect([status, json.error.message]).toEqual([409, expect.stringContaining('/api/bundles/both')])
    expect((await ask('GET', `namespaces/nowhere/${path}`)).status).toBe(404)
  }
  expect((await ask('DELETE', 'namespaces/both?force=true')).status).toBe(409)
})

test('an author changes the namespaces of the key, and no other', async () => {
  const { secret: token } = (await gateway.http('/api/keys', { body: { name: 'writer', role: 'author', namespaces: ['edited'] } })).json
  const content = source('author')
  expect((await ask('PUT', 'namespaces/edited/files/hello.ts', { token, headers: { 'if-match': '*' }, body: { content } })).status).toBe(200)
  expect((await ask('GET', 'namespaces/edited/history', { token })).json.versions[0]).toMatchObject({ by: 'writer', path: 'hello.ts' })
  expect((await ask('GET', 'namespaces', { token })).json.namespaces.map(({ name }: { name: string }) => name)).toEqual(['edited'])
  expect((await ask('PUT', 'namespaces/demo/files/hello.ts', { token, body: { content } })).status).toBe(404)
  expect((await ask('POST', 'namespaces', { token, body: { name: 'mine' } })).status).toBe(403)
  const { secret: caller } = (await gateway.http('/api/keys', { body: { name: 'caller', role: 'caller', namespaces: ['edited'] } })).json
  expect((await ask('GET', 'namespaces/edited/files', { token: caller })).status).toBe(403)
  expect((await ask('GET', 'namespaces/edited', { token: caller })).json).toMatchObject({ name: 'edited', manifest: null })
})

test('an installation goes on by itself, tells what it does, and is ended with everything it began', async () => {
  const begun = await ask('POST', 'namespaces/edited/dependencies/install', { body: { packages: ['left-pad'] } })
  expect([begun.status, begun.json]).toMatchObject([202, { kind: 'dependencies', subject: 'edited', state: 'running', by: 'token' }])
  const { id } = begun.json
  const output = fetch(`${gateway.url}/api/jobs/${id}/output`, { headers: { authorization: `Bearer ${gateway.token}` } }).then((response) => response.text())
  await asked.promise
  expect((await ask('POST', 'namespaces/edited/dependencies/uninstall', { body: { packages: ['left-pad'] } })).status).toBe(409)
  expect((await ask('GET', 'namespaces/edited/dependencies')).json).toMatchObject({ installed: [], job: { id, state: 'running' } })
  expect((await ask('DELETE', `jobs/${id}`)).json).toMatchObject({ id, state: 'cancelled' })
  const told = await output
  expect(told).toContain('event: line\ndata: {"text":"Installing left-pad, without install scripts"}')
  expect(told).toMatch(/event: finished\ndata: \{"id":.*"state":"cancelled"/)
  expect(processesNaming(`${gateway.dataDir}/tools`)).toEqual([])
  expect((await ask('GET', 'jobs')).json.jobs).toMatchObject([{ id }])
  expect((await gateway.rest('edited', 'hello', {})).text).toContain('author')
  expect((await ask('POST', 'namespaces/edited/dependencies/install', { body: { packages: ['../x'] } })).status).toBe(400)
  expect((await ask('POST', 'namespaces/edited/dependencies/install', { body: { packages: ['x'], installScripts: true } })).status).toBe(403)
})

test('whoever listens hears what is published, changed, removed and what did not load', async () => {
  const leaving = new AbortController()
  const stream = await fetch(`${gateway.url}/api/events`, { headers: { authorization: `Bearer ${gateway.token}` }, signal: leaving.signal })
  let heard = ''
  const reading = (async () => {
    for await (const chunk of stream.body ?? []) heard += Buffer.from(chunk).toString()
  })().catch(() => {})
  const told = (type: string): string[] =>
    [...heard.matchAll(/^event: (.*)\ndata: (.*)$/gm)].flatMap(([, name, data]) => (name === type ? [JSON.parse(data ?? '{}').namespace] : []))
  await ask('POST', 'namespaces', { body: { name: 'heard', template: 'tool' } })
  gateway.write('heard', { 'broken.ts': 'export const = 1' })
  expect((await gateway.reload('heard')).status).toBe(422)
  gateway.remove('heard', 'broken.ts')
  await ask('PUT', 'namespaces/heard/files/hello.ts?force=true', { headers: { 'if-match': '*' }, body: { content: 'x' } })
  await ask('DELETE', 'namespaces/heard?force=true')
  await expect.poll(() => told('namespace.removed')).toEqual(['heard'])
  expect(told('namespace.published')).toEqual(['heard'])
  expect(told('namespace.reload_failed')).toEqual(['heard'])
  expect(told('namespace.changed')).toContain('heard')
  leaving.abort()
  await reading
})
