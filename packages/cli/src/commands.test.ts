import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestFolder, type TestFolder } from '../../../test/command-line.ts'

const SERVER = resolve(import.meta.dirname, '../../../test/servers/fixture/server.mjs')
const TOOLS = `
import { defineTool } from 'tooldock'
import { z } from 'zod'
export const add = defineTool({
  description: 'Add two numbers.',
  input: z.object({ a: z.number(), b: z.number() }),
  handler({ a, b }, ctx) {
    ctx.progress(1, 2, 'half')
    ctx.log.info('adding')
    return { sum: a + b }
  },
})
export const fail = defineTool({ description: 'Fails.', input: z.object({}), handler() { throw new Error('It is broken.') } })
export const greet = defineTool({
  description: 'Asks who it is.',
  input: z.object({}),
  async handler(_, ctx) {
    const answer = await ctx.elicit({ message: 'Who are you?', schema: z.object({ name: z.string(), age: z.number().int(), kind: z.enum(['cat', 'dog']) }) })
    return JSON.stringify(answer)
  },
})
`
let folder: TestFolder
const tooldock: TestFolder['tooldock'] = (args, options) => folder.tooldock(args, options)
const json = async (...args: readonly string[]) => JSON.parse((await tooldock([...args, '--json'])).stdout)

beforeAll(async () => {
  folder = await createTestFolder()
  await folder.write('tooldock_data/tools/demo/tools.ts', TOOLS)
  await folder.write('tooldock_data/tools/demo/tooldock.json', JSON.stringify({ permissions: ['child-process'] }))
  await folder.start()
})
afterAll(() => folder.remove())

test('list: namespaces, the tools of one, and the name that was probably meant', async () => {
  expect((await tooldock(['list'])).stdout).toMatch(/^NAME +KIND +STATE[\s\S]*^demo +native +published/m)
  expect((await json('list')).namespaces).toMatchObject([{ name: 'demo', tools: 3 }])
  expect((await tooldock(['list', 'demo'])).stdout).toMatch(/^add +a b +Add two numbers\.$/m)
  expect((await json('list', 'demo')).tools.map(({ name }: { name: string }) => name)).toEqual(['add', 'fail', 'greet'])
  expect(await tooldock(['list', 'deno'])).toEqual({ code: 1, stdout: '', stderr: 'tooldock: There is no namespace "deno". Did you mean "demo"?\n' })
})

test('call: the result to stdout, progress and logs to stderr; words are read as the schema wants them', async () => {
  const called = await tooldock(['call', 'demo', 'add', 'a=1', 'b=2'])
  expect(called).toMatchObject({ code: 0, stdout: '{"sum":3}\n' })
  expect(called.stderr).toMatch(/progress 1\/2 half/)
  expect(called.stderr).toMatch(/info: adding/)
  expect(await json('call', 'demo', 'add', '{"a":1,"b":3}')).toMatchObject({ content: [{ type: 'text', text: '{"sum":4}' }] })
  expect((await tooldock(['call', 'demo', 'add', '-'], { stdin: '{"a":2,"b":3}' })).stdout).toBe('{"sum":5}\n')
  expect(await tooldock(['call', 'demo', 'add', 'a=x', 'b=2'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('a must be number') })
  expect(await tooldock(['call', 'demo', 'fail'])).toEqual({ code: 1, stdout: '', stderr: 'tooldock: It is broken.\n' })
  expect(await tooldock(['call', 'demo', 'ad'])).toMatchObject({ code: 1, stderr: 'tooldock: "demo" has no tool "ad". Did you mean "add"?\n' })
  expect(await tooldock(['call', 'dem', 'add'])).toMatchObject({ code: 1, stderr: 'tooldock: There is no namespace "dem". Did you mean "demo"?\n' })
})

test('call: a question is asked at the terminal until it is answered, and declined where there is none', async () => {
  const typed = [
    ['name', 'Ann'],
    ['age', 'old'],
    ['age', '7'],
    ['kind', '2'],
  ] as const
  const asked = await tooldock(['call', 'demo', 'greet'], { typed, env: { NO_COLOR: '1' } })
  expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining('"name":"Ann","age":7,"kind":"dog"') })
  expect(asked.stderr).toContain('Who are you?')
  const declined = await tooldock(['call', 'demo', 'greet'])
  expect(declined).toMatchObject({ code: 0, stdout: expect.stringContaining('decline'), stderr: expect.stringContaining('There is no terminal') })
})

test('reload: shows the differences, changes nothing with --dry-run, and says where a folder does not load', async () => {
  await folder.write('tooldock_data/tools/demo/more.ts', TOOLS.replaceAll(/export const (\w+)/g, 'export const more_$1'))
  expect((await tooldock(['reload', 'demo', '--dry-run'])).stdout).toMatch(/^demo: would be published\n( {2}\+ tool more_\w+\n){3}/)
  expect((await json('reload', '--all')).results).toMatchObject([{ namespace: 'demo', changed: true }])
  expect((await tooldock(['reload', 'demo'])).stdout).toBe('demo: nothing changed\n')
  await folder.write('tooldock_data/tools/demo/more.ts', 'export const = 1\n')
  expect(await tooldock(['reload', 'demo'])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^ {2}more\.ts(:1:\d+)?: /m) })
  expect(JSON.parse((await tooldock(['reload', 'demo', '--json'])).stdout)).toMatchObject({ error: { code: 'reload_failed' } })
  const doctor = await tooldock(['doctor', '--offline', '--json'])
  expect(doctor.code).toBe(0)
  expect(JSON.parse(doctor.stdout).findings).toContainEqual(
    expect.objectContaining({ area: 'namespaces', state: 'warning', message: expect.stringContaining('demo has changes that do not load') }),
  )
  await folder.write('tooldock_data/tools/late/tools.ts', 'export const = 1\n')
  expect(await tooldock(['call', 'late', 'add'])).toMatchObject({ code: 1, stderr: expect.stringContaining('"late" is not published') })
  await rm(join(folder.dir, 'tooldock_data/tools/late'), { recursive: true })
  await folder.write('tooldock_data/tools/demo/more.ts', '')
  expect((await tooldock(['reload', 'demo'])).code).toBe(0)
  expect((await tooldock(['reload'])).code).toBe(2)
})

test('permissions: shown, accepted and refused, only those that were named', async () => {
  expect((await tooldock(['permissions', 'show'])).stdout).toMatch(/^demo +child-process +waits for you$/m)
  expect((await tooldock(['permissions', 'accept', 'demo', 'child-process'])).stdout).toBe('demo: accepted child-process of child-process\n')
  expect(await json('permissions', 'refuse', 'demo', '--all')).toEqual({ namespace: 'demo', requested: ['child-process'], accepted: [] })
  expect(await tooldock(['permissions', 'accept', 'demo', 'everything'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('does not request "everything"'),
  })
})

test('keys: made and shown once, alone on stdout; what it may not see does not exist for it; revoked', async () => {
  const made = await tooldock(['keys', 'create', 'ci', '--namespace', 'other', '--expires', '30d', '--rate', '30/50'])
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^td_\S+\n$/) })
  expect(made.stderr).not.toContain(made.stdout.trim())
  expect((await json('keys', 'list')).keys).toMatchObject([{ name: 'ci', role: 'caller', namespaces: ['other'], rateLimit: { perSecond: 30, burst: 50 } }])
  const env = { TOOLDOCK_TOKEN: made.stdout.trim() }
  expect(JSON.parse((await tooldock(['list', '--json'], { env })).stdout)).toEqual({ namespaces: [] })
  expect((await tooldock(['keys', 'list'], { env })).code).toBe(1)
  expect((await tooldock(['keys', 'revoke', 'ci'])).code).toBe(0)
  expect(await tooldock(['list'], { env })).toMatchObject({ code: 1, stderr: expect.stringContaining('refuses the token of TOOLDOCK_TOKEN') })
  expect((await tooldock(['keys', 'revoke', 'ci'])).code).toBe(1)
})

test('servers: a secret is read from stdin and is in no argument; started, stopped, exported, removed, imported', async () => {
  const added = await tooldock(['servers', 'add', 'memo', 'command', '--env', 'PLAIN=yes', '--secret', 'TOKEN', '--', 'node', SERVER], { stdin: 'hush-hush\n' })
  expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^memo: running, \d+ tools$/m) })
  expect((await tooldock(['call', 'memo', 'env'])).stdout).toMatch(/"PLAIN":"yes"/)
  expect((await json('servers', 'list')).servers).toMatchObject([{ namespace: 'memo', state: 'running' }])
  expect((await tooldock(['servers', 'stop', 'memo'])).stdout).toMatch(/^memo: stopped/)
  expect((await tooldock(['servers', 'start', 'memo'])).stdout).toMatch(/^memo: running/)
  expect((await tooldock(['servers', 'restart', 'memo', '--json'])).code).toBe(0)
  expect((await tooldock(['servers', 'logs', 'memo'])).code).toBe(0)
  expect(await tooldock(['servers', 'stop', 'mem'])).toMatchObject({ code: 1, stderr: 'tooldock: There is no server "mem". Did you mean "memo"?\n' })
  expect(await tooldock(['servers', 'stop', 'demo'])).toMatchObject({ code: 1, stderr: 'tooldock: "demo" is a folder of tools, not an external server.\n' })
  await folder.write('bundle.json', JSON.stringify({ bundles: { both: { entries: [{ namespace: 'demo', tools: 'all' }] } } }))
  expect((await tooldock(['import', 'bundle.json'])).stdout).toBe('bundle both: created\n')

  const exported = (await tooldock(['export'])).stdout
  expect(exported).not.toContain('hush-hush')
  expect(JSON.parse(exported)).toMatchObject({ mcpServers: { memo: { command: 'node', env: { PLAIN: 'yes' } } }, bundles: { both: {} } })
  expect(JSON.parse((await tooldock(['export', '--for', 'vscode'])).stdout)).toMatchObject({ servers: { memo: { type: 'stdio' } } })
  expect((await tooldock(['servers', 'remove', 'memo'])).stdout).toBe('Removed the server "memo".\n')
  await folder.write('all.json', exported)
  const again = await tooldock(['import', 'all.json', '--no-start'])
  expect(again).toMatchObject({ code: 1, stdout: 'server memo: created\nbundle both: failed\n' })
  expect((await json('import', 'all.json', '--dry-run')).results[0]).toMatchObject({ name: 'memo', state: 'failed' })
  expect((await tooldock(['servers', 'remove', 'memo'])).code).toBe(0)
})

test('a running gateway keeps its data directory: migrate says who has it', async () => {
  expect(await tooldock(['migrate'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/another ToolDock uses it \(process \d+\)/) })
  expect(JSON.parse((await tooldock(['migrate', '--dry-run', '--json'])).stdout)).toMatchObject({ pending: [] })
})

test('a token of this folder is for this machine, and is never printed', async () => {
  const token = (await readFile(join(folder.dir, 'tooldock_data/token'), 'utf8')).trim()
  const ran = await Promise.all([tooldock(['doctor', '--offline']), tooldock(['list'], { env: { TOOLDOCK_TOKEN: 'wrong' } }), tooldock(['export'])])
  for (const { stdout, stderr } of ran) expect(stdout + stderr).not.toContain(token)
})
