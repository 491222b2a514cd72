import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig } from '../config/load-config.ts'
import { createEdge, type Edge } from '../http/edge.ts'
import { TEST_EDGE } from '../http/test-edge.ts'
import { createDependencyService } from '../namespaces/dependency-service.ts'
import type { NpmProjects } from '../namespaces/dependency-service.types.ts'
import { createTemplates } from '../namespaces/templates.ts'
import { createTestHome, type TestHome, type TestService, tool } from '../namespaces/test-namespaces.ts'
import { createNpmProjects } from '../servers/install/npm-projects.ts'
import { createPrograms } from '../servers/safety/programs.ts'
import { createCallMetrics } from '../telemetry/call-metrics.ts'
import type { AdminDeps } from './admin-deps.ts'
import { createJobRunner } from './jobs/job-runner.ts'
import { createLiveStreams } from './live-streams.ts'
import { registerAdmin } from './register-admin.ts'

const config = loadConfig()
const log = pino({ level: 'silent' })

let home: TestHome
let opened: TestService
let edge: Edge
beforeEach(async () => {
  home = await createTestHome()
  await home.write('shared', { 'hello.ts': tool('hello', 'hi'), 'tooldock.json': '{"permissions":["write"]}' })
  opened = await home.open()
  const deps: AdminDeps = {
    config: { ...config, outputLogBytesMax: 1000 },
    namespaces: opened.service,
    files: opened.files,
    dependencies: createDependencyService({ config, namespaces: opened.service, history: opened.history, npm: openNpm(), log }),
    templates: createTemplates(join(import.meta.dirname, '../../../../templates')),
    jobs: createJobRunner({ config, events: { publish: () => {} }, onFault: () => {} }),
    servers: { list: () => [] },
    bundles: { list: () => [] },
    catalog: opened.service.catalog,
    keys: { list: () => [] },
    callMetrics: createCallMetrics({ totals: async () => [], series: async () => [] }),
    publicBaseUrl: () => 'http://gateway.test',
    liveStreams: createLiveStreams(config),
    readOutput: async (_: string, bytesMax: number) => opened.output().slice(-bytesMax),
  }
  edge = createEdge(TEST_EDGE, {
    token: 'test-token',
    frontends: [{ part: 'web', register: (app) => registerAdmin(app, deps) }],
    log,
  })
  await edge.listen()
})
afterEach(async () => {
  await edge.close(0)
  await home.remove()
})

function openNpm(): NpmProjects {
  const programs = createPrograms(config.programPath)
  return createNpmProjects({ processes: opened.processes, programs, config, pythonsDir: join(home.dataDir, 'pythons'), scrub: (text) => text })
}

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on what came, whatever it is
  readonly json: any
}

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${edge.addresses[0]?.url}/api/${path}`, {
    method,
    headers: { authorization: 'Bearer test-token', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: await response.json() }
}

it('reloads one namespace, or tells with 422 what is wrong with which file', { timeout: 60_000 }, async () => {
  await home.write('shared', { 'more.ts': tool('more', 'm') })
  expect(await ask('GET', 'namespaces/shared')).toMatchObject({ status: 200, json: { name: 'shared', unpublishedChanges: true } })
  expect(await ask('POST', 'reload/shared?dryRun=true')).toMatchObject({ status: 200, json: { dryRun: true, tools: { added: ['more'] } } })
  expect(await ask('POST', 'reload/shared', {})).toMatchObject({ status: 200, json: { changed: true, tools: { added: ['more'] } } })
  const { json } = await ask('GET', 'namespaces/shared/generations')
  expect(json.generations).toMatchObject([
    { published: true, tools: 2 },
    { published: false, tools: 1 },
  ])
  expect(await ask('POST', `reload/shared?generation=${json.generations[1].id}`)).toMatchObject({ status: 200, json: { tools: { removed: ['more'] } } })

  await home.write('shared', { 'broken.ts': 'export const b = = 2\n' })
  const problem = { file: 'broken.ts', line: 1, code: 'syntax_error' }
  expect(await ask('POST', 'reload/shared')).toMatchObject({ status: 422, json: { error: { code: 'reload_failed', details: { problems: [problem] } } } })
  await home.write('other', { 'hello.ts': tool('hello', 'other') })
  expect(await ask('POST', 'reload')).toMatchObject({
    status: 422,
    json: {
      error: { details: { problems: [{ namespace: 'shared', ...problem }], results: [{ namespace: 'other', changed: true }, { namespace: 'shared' }] } },
    },
  })
  await rm(join(home.dataDir, 'tools/shared/broken.ts'))
  expect(await ask('POST', 'reload')).toMatchObject({
    status: 200,
    json: {
      results: [
        { namespace: 'other', changed: false },
        { namespace: 'shared', changed: true },
      ],
    },
  })
})

it('shows, permits and deletes namespaces', async () => {
  expect(await ask('GET', 'namespaces')).toMatchObject({
    status: 200,
    json: { namespaces: [{ name: 'shared', requestedPermissions: ['write'], acceptedPermissions: [] }] },
  })
  expect(await ask('PUT', 'namespaces/shared/permissions', { accept: ['write'] })).toMatchObject({ status: 200, json: { acceptedPermissions: ['write'] } })
  expect(await ask('PUT', 'namespaces/shared/permissions', { accept: ['sqlite'] })).toMatchObject({ status: 400, json: { error: { code: 'invalid_params' } } })
  expect(await ask('GET', 'namespaces/shared/output?bytes=100')).toEqual({ status: 200, json: { namespace: 'shared', text: '' } })
  expect(await ask('DELETE', 'namespaces/shared')).toMatchObject({ status: 409, json: { error: { code: 'conflict', details: { tools: 1 } } } })
  expect(await ask('DELETE', 'namespaces/shared?force=true')).toMatchObject({ status: 200, json: { removed: { namespace: 'shared', tools: 1 } } })
  expect(await ask('GET', 'namespaces/shared')).toMatchObject({ status: 404, json: { error: { code: 'namespace_not_found' } } })
})

it('refuses what it does not know', async () => {
  const requests: readonly (readonly [string, string, unknown?])[] = [
    ['POST', 'reload?dryrun=true'],
    ['POST', 'reload/shared?dryRun=yes'],
    ['POST', 'reload/shared?generation='],
    ['POST', 'reload/shared', { dryRun: true }],
    ['POST', 'reload/Not%20a%20name'],
    ['GET', 'namespaces?x=1'],
    ['GET', 'namespaces/..%2f..%2fetc'],
    ['GET', 'namespaces/shared/output?bytes=1001'],
    ['PUT', 'namespaces/shared/permissions', { accept: ['write'], more: 1 }],
    ['PUT', 'namespaces/shared/permissions'],
    ['DELETE', 'namespaces/shared?force=1'],
  ]
  for (const [method, path, body] of requests) {
    const { status, json } = await ask(method, path, body)
    expect([method, path, status, json.error.code]).toEqual([method, path, 400, 'invalid_params'])
  }
  expect(opened.tools('shared')).toEqual(['hello'])
})
