import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type Postgres, startPostgres } from '../postgres.ts'
import { requireOrSkip } from '../skips.ts'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { modern } from './mcp-http.ts'
import { until } from './until.ts'

const CLI = resolve(import.meta.dirname, '../../packages/cli/src/main.ts')
const NOTES = {
  'tooldock.json': '{ "permissions": ["write"] }',
  'notes.ts': `import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineTool } from 'tooldock'
import { z } from 'zod'

export const keep = defineTool({ input: z.object({ text: z.string() }), handler: ({ text }, ctx) => writeFile(join(ctx.dataDir, 'note'), text) })
export const tell = defineTool({ handler: (_input, ctx) => readFile(join(ctx.dataDir, 'note'), 'utf8') })
`,
}

let postgres: Postgres | undefined
const gateways: Gateway[] = []
const folder = mkdtempSync(join(tmpdir(), 'tooldock-backup-test-'))
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.dispose()
})
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true })
})

async function cli(args: readonly string[], env: Record<string, string>): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (out += text))
  const [code] = await once(child, 'close')
  return { code, out }
}

describe.each([
  { kind: 'sqlite', options: {} },
  { kind: 'postgres', options: requireOrSkip('postgresql') },
])('on $kind', ({ kind, options }) => {
  test('a backup under load of calls and admin writes, restored into an empty folder, serves everything it had', { timeout: 300_000, ...options }, async () => {
    if (kind === 'postgres') postgres = await startPostgres()
    const secretKey = Buffer.alloc(32, 7).toString('base64')
    const env = { TOOLDOCK_SECRET_KEY: secretKey, ACCEPT_PERMISSIONS: 'true' }
    const database = postgres === undefined ? {} : { DATABASE_URL: postgres.url }
    const gateway = await startGateway({ namespaces: { demo: ECHO, notes: NOTES }, env: { ...env, ...database } })
    gateways.push(gateway)
    const made = async (path: string, body: unknown, method = 'POST') => {
      const reply = await gateway.http(path, { method, body })
      expect(reply.status, reply.text).toBeLessThan(300)
      return reply.json
    }
    await made('/api/bundles', { namespace: 'both', entries: [{ namespace: 'demo' }, { namespace: 'notes' }], prefix: true })
    await made('/api/servers', { namespace: 'far', kind: 'command', command: 'node', args: ['missing.js'], start: false })
    expect((await gateway.rest('notes', 'keep', { text: 'kept' })).status).toBe(200)
    // Records of calls are written in batches, off the path of a call.
    await until('the record of the call', async () => (await gateway.http('/api/calls?tool=keep')).json.calls.length === 1)
    const { secret: key } = await made('/api/keys', { name: 'first', role: 'caller' })

    const listed = (await modern(gateway, '/both/mcp', 'tools/list')).result.tools

    // Load: calls, keys, and publications whose older generations are swept.
    let isLoaded = true
    let failed = 0
    const keys: { name: string; key: string; at: number }[] = []
    const load = [
      (async () => {
        while (isLoaded) if ((await gateway.rest('demo', 'echo', { text: 'x' })).status !== 200) failed += 1
      })(),
      (async () => {
        for (let n = 0; isLoaded; n++)
          keys.push({ name: `k${n}`, key: (await made('/api/keys', { name: `k${n}`, role: 'caller' })).secret, at: performance.now() })
      })(),
      (async () => {
        for (let n = 0; isLoaded && n < 3; n++) {
          gateway.write('demo', { 'n.ts': `export const n = ${n}` })
          if ((await gateway.reload('demo')).status !== 200) failed += 1
        }
      })(),
    ]
    await until('some writes', () => keys.length > 5)
    const askedAt = performance.now()
    const file = join(folder, `${kind}.tar.gz`)
    const backup = await cli(['backup', file, '--json'], { TOOLDOCK_URL: gateway.url, TOOLDOCK_TOKEN: gateway.token })
    expect(backup).toMatchObject({ code: 0, out: expect.stringContaining(file) })
    isLoaded = false
    await Promise.all(load)
    expect(failed).toBe(0)

    // The folder of a gateway that runs is refused.
    const refused = await cli(['restore', '--force', file], { DATA_DIR: gateway.dataDir, ...database })
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('another ToolDock uses it') })
    await gateway.stop()

    const dataDir = join(folder, `${kind}-restored`)
    const restored = await cli(['restore', file, ...(kind === 'postgres' ? ['--force'] : [])], { DATA_DIR: dataDir, ...database })
    expect(restored, restored.out).toMatchObject({ code: 0 })
    const again = await startGateway({ dataDir, env: { ...env, ...database } })
    gateways.push(again)
    expect((await again.rest('demo', 'echo', { text: 'back' }, { token: key })).json).toMatchObject({ content: [{ text: 'back' }] })
    expect((await again.rest('notes', 'tell')).json).toMatchObject({ content: [{ text: 'kept' }] })
    expect((await modern(again, '/both/mcp', 'tools/list')).result.tools).toEqual(listed)
    expect((await again.http('/api/servers/far')).json).toMatchObject({ state: 'stopped', config: { command: 'node', args: ['missing.js'] } })
    expect((await again.http('/api/namespaces/demo')).json).toMatchObject({ state: 'published', problems: [] })
    // Every key that was answered before the backup was asked for is there.
    for (const { key: each, at } of keys) if (at < askedAt) expect((await again.rest('demo', 'echo', { text: 'x' }, { token: each })).status).toBe(200)
    const calls = await again.http('/api/calls?tool=keep')
    expect(calls.json.calls).toHaveLength(1)
    expect((await again.http('/api/audit?action=postBackup')).status).toBe(200)
    await again.stop()
    expect((await readFile(file)).includes(Buffer.from(secretKey))).toBe(false)
    await rm(dataDir, { recursive: true })
  })
})
