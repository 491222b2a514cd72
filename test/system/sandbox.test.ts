import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { isAlive } from './processes.ts'

/** Ways out of a worker. Each tool answers what it got, or throws; `ESCAPED` is what it must never say. */
const ATTEMPTS = `import { defineTool } from 'tooldock'
import { z } from 'zod'
import * as fs from 'node:fs'
import { join, dirname } from 'node:path'

const path = z.object({ path: z.string() })
const escaped = (what: unknown) => 'ESCAPED ' + String(what)

export const read = defineTool({ description: 'Reads a file.', input: path, handler: ({ path }) => escaped(fs.readFileSync(path, 'utf8')) })
export const list = defineTool({ description: 'Lists a folder.', input: path, handler: ({ path }) => escaped(fs.readdirSync(path)) })
export const write = defineTool({ description: 'Writes a file.', input: path, handler: ({ path }) => { fs.writeFileSync(path, 'x'); return escaped('wrote') } })
export const link = defineTool({ description: 'Reads through a link it makes.', input: path, handler: ({ path }) => { const own = join(import.meta.dirname, 'link'); fs.symlinkSync(path, own); return escaped(fs.readFileSync(own, 'utf8')) } })
export const overwrite = defineTool({ description: 'Changes its own code.', handler: () => { fs.writeFileSync(import.meta.filename, ''); return escaped('overwrote') } })
export const child = defineTool({ description: 'Starts a program.', async handler() { const { execFileSync } = await import('node:child_process'); return escaped(execFileSync('/bin/sh', ['-c', 'id'])) } })
export const thread = defineTool({ description: 'Starts a thread.', async handler() { const { Worker } = await import('node:worker_threads'); new Worker('1', { eval: true }); return escaped('thread') } })
export const sqlite = defineTool({ description: 'Opens a database.', input: path, async handler({ path }) { const { DatabaseSync } = await import('node:sqlite'); return escaped(new DatabaseSync(path)) } })
export const addon = defineTool({ description: 'Loads an add-on.', input: path, handler: ({ path }) => { process.dlopen({ exports: {} }, path); return escaped('loaded') } })
export const inspect = defineTool({ description: 'Opens the inspector of itself.', async handler() { const inspector = await import('node:inspector'); inspector.open(0); return escaped(inspector.url()) } })
export const inspect_session = defineTool({ description: 'Connects to the inspector of itself.', async handler() { const { Session } = await import('node:inspector'); const session = new Session(); session.connect(); return escaped('connected') } })
export const signal = defineTool({ description: 'Signals the gateway.', input: z.object({ signal: z.string() }), handler: ({ signal }) => { process.kill(process.ppid, signal); return escaped('signalled') } })
export const signal_raw = defineTool({ description: 'Signals the gateway past process.kill.', handler: () => { const { _kill, _debugProcess } = process as never as Record<string, Function>; (_kill ?? _debugProcess)(process.ppid, 10); return escaped('signalled') } })
export const binding = defineTool({ description: 'Reaches for internals.', handler: () => escaped((process as never as { binding(name: string): object }).binding('spawn_sync')) })
export const parent_environment = defineTool({ description: "Reads the gateway's environment.", handler: () => escaped(fs.readFileSync('/proc/' + process.ppid + '/environ', 'utf8')) })
export const own_environment = defineTool({ description: 'Tells its environment.', handler: () => JSON.stringify(process.env) })
export const forge = defineTool({ description: 'Writes nonsense to the pipe it shares with the gateway.', handler: () => { fs.writeSync(3, 'nonsense\\n{"jsonrpc":"2.0","id":999999,"result":{}}\\n{"jsonrpc":"2.0","method":"tooldock/nothing","params":null}\\n[]\\n'); return 'forged' } })
export const identity = defineTool({ description: 'Who am I.', handler: () => JSON.stringify({ uid: process.getuid?.(), gid: process.getgid?.(), groups: process.getgroups?.() }) })
export const network = defineTool({ description: 'Uses the network, which is allowed.', input: z.object({ url: z.url() }), handler: async ({ url }) => (await fetch(url)).text() })
export const own_file = defineTool({ description: 'Reads a file of its own, which is allowed.', handler: () => fs.readFileSync(join(dirname(import.meta.filename), 'data.txt'), 'utf8') })
export const data_dir = defineTool({ description: 'Writes to its data folder.', handler: (_args, ctx) => { if (ctx.dataDir === undefined) throw new Error('no data folder'); fs.writeFileSync(join(ctx.dataDir, 'kept.txt'), 'kept'); return fs.readFileSync(join(ctx.dataDir, 'kept.txt'), 'utf8') } })
`

describe('a tool that tries to get out of its worker', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway({
      namespaces: { jail: { 'attempts.ts': ATTEMPTS, 'data.txt': 'my own data' }, other: ECHO },
      env: { GATEWAY_SECRET: 'planted-environment' },
    })
    await gateway.rest('other', 'echo', { text: 'x' })
  })
  afterAll(async () => {
    try {
      await gateway?.stop()
    } finally {
      await gateway?.dispose()
    }
  })
  const attempt = async (tool: string, args: unknown = {}) => {
    const reply = await gateway.rest('jail', tool, args)
    expect(reply.text).not.toContain('ESCAPED')
    expect(reply.status).toBe(422)
    return reply.json.error.message as string
  }

  test.each([
    ['the token', 'read', (data: string) => `${data}/token`],
    ['the database', 'read', (data: string) => `${data}/db/tooldock.db`],
    ['the environment file of the project', 'read', () => join(import.meta.dirname, '../../.env')],
    ['the code of the gateway', 'read', () => join(import.meta.dirname, '../../packages/server/src/main.ts')],
    ["another namespace's tools", 'read', (data: string) => `${data}/tools/other/echo.ts`],
    ['its own unpublished folder', 'read', (data: string) => `${data}/tools/jail/attempts.ts`],
    ['the logs', 'list', (data: string) => `${data}/logs`],
    ['the users of the machine', 'read', () => '/etc/passwd'],
    ['the root folder', 'list', () => '/'],
    ['memory of processes', 'read', () => '/proc/self/maps'],
  ])('cannot read %s, and is told which permission to request', async (_what, tool, pathOf) => {
    expect(await attempt(tool, { path: pathOf(gateway.dataDir) })).toMatch(/read:/)
  })

  test.each([
    ['write a file', 'write', { path: '/tmp/tooldock-escape' }, /"?write"?/],
    ['change its own code', 'overwrite', {}, /"?write"?/],
    ['read through a link it makes', 'link', { path: '/etc/passwd' }, /write|symlink/i],
    ['start a program', 'child', {}, /child-process/],
    ['start a thread', 'thread', {}, /worker-threads/],
    ['open a database', 'sqlite', { path: ':memory:' }, /sqlite/],
    ['load an add-on', 'addon', { path: '/usr/lib/x86_64-linux-gnu/libc.so.6' }, /addons/],
    ['open an inspector', 'inspect', {}, /inspect/i],
    ['connect to its own inspector', 'inspect_session', {}, /inspect/i],
    ['stop the gateway by a signal', 'signal', { signal: 'SIGTERM' }, /./],
    ['open the inspector of the gateway by a signal', 'signal', { signal: 'SIGUSR1' }, /./],
    ['signal past process.kill', 'signal_raw', {}, /./],
    ['reach internals', 'binding', {}, /./],
    ["read the gateway's environment", 'parent_environment', {}, /./],
  ])('cannot %s', async (_what, tool, args, words) => {
    expect(await attempt(tool, args)).toMatch(words)
    expect(isAlive(gateway.pid)).toBe(true)
    expect((await gateway.http('/health/live')).status).toBe(200)
  })

  test('finds nothing of the gateway in its environment', async () => {
    const environment = await gateway.rest('jail', 'own_environment')
    expect(environment.status).toBe(200)
    expect(environment.text).not.toMatch(/planted-environment|BEARER|DATABASE|DATA_DIR/)
    expect(environment.text).not.toContain(gateway.token)
  })

  test('harms only itself when it writes nonsense to the pipe it shares with the gateway', async () => {
    expect([200, 422, 502]).toContain((await gateway.rest('jail', 'forge')).status)
    expect((await gateway.rest('other', 'echo', { text: 'x' })).status).toBe(200)
    expect((await gateway.rest('jail', 'own_file')).status).toBe(200)
  })

  test('is not root', async () => {
    const { content } = (await gateway.rest('jail', 'identity')).json
    expect(JSON.parse(content[0].text).uid).not.toBe(0)
  })

  test('may read its own published files and use the network', async () => {
    expect((await gateway.rest('jail', 'own_file')).text).toContain('my own data')
    expect((await gateway.rest('jail', 'network', { url: `${gateway.url}/health/live` })).text).toContain('live')
  })

  test('a link in the folder that leaves it is refused at load, and says so', async () => {
    symlinkSync('/etc/passwd', join(gateway.dataDir, 'tools/other/passwd.txt'))
    const reply = await gateway.reload('other')
    expect(reply.status).toBe(422)
    expect(reply.text).toMatch(/passwd\.txt/)
    expect((await gateway.rest('other', 'echo', { text: 'x' })).status).toBe(200)
    gateway.remove('other', 'passwd.txt')
    expect((await gateway.reload('other')).status).toBe(200)
  })

  test('gets a permission it requests only when an administrator accepts it, and loses it by the same way', async () => {
    expect(await attempt('data_dir')).toMatch(/write|no data folder/)
    gateway.write('jail', { 'tooldock.json': JSON.stringify({ permissions: ['write'] }) })
    expect((await gateway.reload('jail')).status).toBe(200)
    expect(await attempt('data_dir')).toMatch(/write|no data folder/)
    const accept = (permissions: string[]) => gateway.http('/api/namespaces/jail/permissions', { method: 'PUT', body: { accept: permissions } })
    expect((await accept(['child-process'])).status).toBeGreaterThanOrEqual(400)
    expect((await accept(['write'])).status).toBe(200)
    expect((await gateway.rest('jail', 'data_dir')).text).toContain('kept')
    expect(readFileSync(join(gateway.dataDir, 'state/jail/kept.txt'), 'utf8')).toBe('kept')
    expect(await attempt('write', { path: `${gateway.dataDir}/tools/jail/new.ts` })).toMatch(/write|denied/i)
    expect(await attempt('overwrite')).toMatch(/write|denied/i)
    expect((await accept([])).status).toBe(200)
    expect(await attempt('data_dir')).toMatch(/write|no data folder/)
  })

  test('a file that is not part of a generation cannot be slipped into one', async () => {
    writeFileSync(join(gateway.dataDir, 'tools/jail/data.txt'), 'changed after publishing')
    expect((await gateway.rest('jail', 'own_file')).text).toContain('my own data')
  })
})
