import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeFolder, TestWorker } from '../test/start-worker.ts'
import type { LoadParams } from './protocol.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function start(files: Readonly<Record<string, string>>, options: { args?: (dir: string) => string[]; load?: Partial<LoadParams> } = {}) {
  const folder = await makeFolder(files)
  cleanups.push(folder.remove)
  const worker = new TestWorker(options.args?.(folder.dir))
  cleanups.push(() => worker.stop())
  return { worker, dir: folder.dir, ...(await worker.load(folder.dir, options.load)) }
}

const tool = (name: string, body: string, head = '') =>
  `import { defineTool } from 'tooldock'\n${head}\nexport const ${name} = defineTool({ async handler(args, ctx) { ${body} } })\n`
const textOf = (result: Record<string, unknown>) => (result.content as { text: string }[])[0]?.text ?? ''

describe('the pipe', () => {
  it('takes messages in any pieces, many in one, and lines of megabytes', async () => {
    const { worker } = await start({
      'a.ts': `import { defineTool } from 'tooldock'\nexport const size = defineTool({ input: { type: 'object' }, handler: (args) => String((args.text as string).length) })`,
    })
    const big = worker.send('tools/call', { name: 'size', arguments: { text: 'é'.repeat(4_000_000) } })
    const small = Array.from({ length: 100 }, (_, n) => worker.send('tools/call', { name: 'size', arguments: { text: 'x'.repeat(n) } }).reply)
    expect(textOf((await big.reply).result ?? {})).toBe('4000000')
    expect((await Promise.all(small)).map(({ result }) => textOf(result ?? {}))).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
    const line = `${JSON.stringify({ jsonrpc: '2.0', id: 999_999, method: 'ping' })}\n`
    for (const character of line) worker.write(character)
    await worker.send('ping', {}).reply
    expect(worker.lines).toContain('{"jsonrpc":"2.0","id":999999,"result":{}}')
  })

  it('refuses calls before the folder is loaded, and a second load', async () => {
    const folder = await makeFolder({})
    const worker = new TestWorker()
    cleanups.push(folder.remove, () => worker.stop())
    expect((await worker.send('tools/call', { name: 'x' }).reply).error).toMatchObject({ code: -32603, message: 'The folder is not loaded yet.' })
    await worker.load(folder.dir)
    expect((await worker.request('tooldock/load', {}).reply).error).toMatchObject({ code: -32601 })
  })

  it('keeps what a call says before its result, and drops what nobody reads in time', async () => {
    const { worker } = await start({ 'a.ts': tool('flood', `for (let n = 0; n < 100_000; n++) ctx.log.info('x'.repeat(200)); ctx.progress(1); return 'done'`) })
    expect(textOf(await worker.callTool('flood', {}, { meta: { progressToken: 1 } }))).toBe('done')
    expect(worker.lines.length).toBeGreaterThan(1000)
    expect(worker.lines.length).toBeLessThan(50_000)
    expect(worker.lines.at(-1)).toContain('"result"')
  })

  it('leaves stdout and stderr to the tools', async () => {
    const { worker } = await start({
      'a.ts': tool('print', `console.log('to stdout'); console.error('to stderr'); process.stdout.write('raw\\n'); return 'x'`),
    })
    await worker.callTool('print')
    for (const text of ['to stdout', 'to stderr', 'raw']) await worker.printed(text)
  })
})

describe('log and notifications', () => {
  it('go to the log always, to the caller from the level it asked for', async () => {
    const { worker } = await start({
      'a.ts': tool('log', `ctx.log.debug('quiet'); ctx.log.warning({ n: 1 }); const a = {}; a.a = a; ctx.log.error(a); ctx.log.error(new Error('e'))`).replace(
        'const a = {}',
        'const a: any = {}',
      ),
    })
    await worker.callTool('log')
    expect(worker.notifications.filter(({ method }) => method === 'notifications/message')).toEqual([])
    const { id, reply } = worker.send('tools/call', { name: 'log' }, { meta: { 'io.modelcontextprotocol/logLevel': 'warning' } })
    await reply
    const messages = worker.notifications.filter(({ method }) => method === 'notifications/message').map(({ params }) => params)
    expect(messages.map(({ level }) => level)).toEqual(['warning', 'error', 'error'])
    expect(messages[0]).toEqual({ level: 'warning', data: { n: 1 }, _meta: { 'io.tooldock/callId': id } })
    const lines = worker.notifications.filter(({ method, params }) => method === 'tooldock/log' && params.callId === id).map(({ params }) => params)
    expect(lines[0]).toEqual({ level: 'debug', message: 'quiet', callId: id, requestId: `req-${id}` })
    expect(lines[1]?.message).toBe('{"n":1}')
    expect(lines[2]?.message).toContain('Circular')
  })

  it('are of every kind that ctx has', async () => {
    const { worker } = await start({
      'a.ts': tool(
        'all',
        `ctx.progress(1, 4, 'one'); ctx.progress(1); ctx.progress(2); ctx.notifyResourceUpdated('a://b'); ctx.notifyToolsChanged(); ctx.notifyPromptsChanged(); ctx.notifyResourcesChanged(); ctx.closeStream()`,
      ),
    })
    const { id, reply } = worker.send('tools/call', { name: 'all' }, { meta: { progressToken: 'p' } })
    await reply
    expect(worker.notifications.map(({ method, params }) => [method, params])).toEqual([
      ['notifications/progress', { progressToken: id, progress: 1, total: 4, message: 'one' }],
      ['notifications/progress', { progressToken: id, progress: 2 }],
      ['notifications/resources/updated', { uri: 'a://b' }],
      ['notifications/tools/list_changed', undefined],
      ['notifications/prompts/list_changed', undefined],
      ['notifications/resources/list_changed', undefined],
      ['tooldock/closeStream', { callId: id }],
    ])
    await worker.callTool('all')
    expect(worker.notifications.filter(({ method }) => method === 'notifications/progress')).toHaveLength(2)
  })
})

describe('the end of a worker', () => {
  it('is at once and clean when the gateway closes the pipe or sends SIGTERM', async () => {
    for (const end of [(worker: TestWorker) => worker.closePipe(), (worker: TestWorker) => worker.process.kill('SIGTERM')]) {
      const { worker } = await start({ 'a.ts': tool('forever', `await new Promise(() => setInterval(() => {}, 1000))`) })
      worker.send('tools/call', { name: 'forever' })
      await worker.send('ping', {}).reply
      end(worker)
      expect(await worker.exited).toBe(0)
    }
  })

  it.each([
    ['a throw from a timer', `setTimeout(() => { throw new Error('from a timer') }); await new Promise(() => {})`, 'from a timer'],
    ['an unhandled rejection', `void Promise.reject(new Error('unhandled')); await new Promise(() => {})`, 'nobody handled it: Error: unhandled'],
  ])('comes with %s, said in the log', async (_name, body, words) => {
    const { worker } = await start({ 'a.ts': tool('faulty', body) })
    worker.send('tools/call', { name: 'faulty' })
    const { params } = await worker.notified(({ method }) => method === 'tooldock/log')
    expect(params.level).toBe('critical')
    expect(params.message).toContain(words)
    expect(await worker.exited).toBe(1)
  })
})

describe('what tools are kept from', () => {
  const WAYS: readonly (readonly [name: string, body: string, words: string])[] = [
    ['signals', 'process.kill(process.ppid, 0)', 'process.kill is not available'],
    ['signals by the inner name', '(process as any)._kill(process.ppid, 0)', '_kill is not available'],
    ['inspectors of others', '(process as any)._debugProcess(process.ppid)', '_debugProcess is not available'],
    ['taking the removal back', `Object.defineProperty(process, 'kill', { value: 1 })`, 'Cannot redefine'],
    ['internal bindings', `(process as any).binding('fs')`, 'binding is not available'],
    ['open handles', '(process as any)._getActiveHandles()', '_getActiveHandles is not available'],
    ['writing to the pipe', `writeSync(3, 'x')`, 'EBADF'],
    ['writing a file to the pipe', `writeFileSync(3, 'x')`, 'EBADF'],
    ['closing the pipe', 'closeSync(3)', 'EBADF'],
    ['a second socket on the pipe', `await new Promise((_, reject) => new Socket({ fd: 3 }).on('error', reject))`, 'EEXIST'],
    ['the priority of others', 'setPriority(process.ppid, 19)', 'setPriority is not available'],
  ]
  const head = `import { closeSync, writeFileSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { setPriority } from 'node:os'`

  it(WAYS.map(([name]) => name).join(', '), async () => {
    const { worker } = await start(Object.fromEntries(WAYS.map(([, body], index) => [`t${index}.ts`, tool(`t${index}`, `${body}; return 'got out'`, head)])))
    for (const [index, [, , words]] of WAYS.entries()) expect(textOf(await worker.callTool(`t${index}`))).toContain(words)
  })
})

it('functions that are guarded still work as they did', async () => {
  const body = `const file = openSync(import.meta.filename, 'r'); const { bytesRead } = await promisify(read)(file, Buffer.alloc(6), 0, 6, 0); closeSync(file); return String(bytesRead) + readFileSync.name`
  const { worker } = await start({
    'a.ts': tool('use', body, `import { closeSync, openSync, read, readFileSync } from 'node:fs'\nimport { promisify } from 'node:util'`),
  })
  expect(textOf(await worker.callTool('use'))).toBe('6readFileSync')
})

describe('under the permission model', () => {
  const root = new URL('../../..', import.meta.url).pathname
  const readable = [
    'packages/worker',
    'packages/sdk',
    'node_modules/zod',
    'node_modules/ajv',
    'node_modules/fast-deep-equal',
    'node_modules/fast-uri',
    'node_modules/json-schema-traverse',
    'node_modules/require-from-string',
  ]
  const sandbox = (dir: string) => [
    '--permission',
    '--allow-net',
    '--no-experimental-sqlite',
    ...[...readable.map((path) => root + path), dir].map((path) => `--allow-fs-read=${path}`),
  ]

  it('a refusal names the permission to request', async () => {
    const { worker, problems } = await start(
      {
        'a.ts': `import { execSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { defineTool } from 'tooldock'
import { z } from 'zod'
export const read = defineTool({ handler: () => readFileSync('/etc/hostname', 'utf8') })
export const write = defineTool({ handler: () => writeFileSync('/tmp/out', '') })
export const run = defineTool({ handler: () => String(execSync('id')) })
export const thread = defineTool({ handler() { new Worker('1', { eval: true }) } })
export const sqlite = defineTool({ handler: () => import('node:sqlite') })
export const addon = defineTool({ handler() { process.dlopen({ exports: {} }, '/x.node') } })
export const zod = defineTool({ input: z.object({ a: z.string() }), handler: ({ a }) => a })
export const raw = defineTool({ input: { type: 'object' }, handler: () => 'raw' })
`,
      },
      { args: sandbox },
    )
    expect(problems).toEqual([])
    const expected = { read: '"read:/etc"', write: '"write"', run: '"child-process"', thread: '"worker-threads"', sqlite: '"sqlite"', addon: '"addons"' }
    for (const [name, permission] of Object.entries(expected)) {
      const text = textOf(await worker.callTool(name))
      expect(text).toContain(`add ${permission} to "permissions" in tooldock.json`)
    }
    expect(textOf(await worker.callTool('zod', { a: 'works' }))).toBe('works')
    expect(textOf(await worker.callTool('raw'))).toBe('raw')
  })

  it('a tool that may write is told where', async () => {
    const { worker } = await start(
      { 'a.ts': tool('write', `writeFileSync('/tmp/elsewhere', '')`, `import { writeFileSync } from 'node:fs'`) },
      { args: (dir) => [...sandbox(dir), '--allow-fs-write=/tmp/tooldock-state'], load: { dataDir: '/tmp/tooldock-state' } },
    )
    expect(textOf(await worker.callTool('write'))).toBe('Writing /tmp/elsewhere is not allowed: write below ctx.dataDir instead.')
  })

  it('dependencies are found through the link that a generation has to them', async () => {
    const root = await makeFolder({
      'deps/node_modules/dep/package.json': '{"exports": "./index.js"}',
      'deps/node_modules/dep/index.js': `export const text = 'from a dependency'`,
      'ns/a.ts': tool('use', 'return text', `import { text } from 'dep'`),
    })
    cleanups.push(root.remove)
    await symlink('../deps/node_modules', join(root.dir, 'ns/node_modules'))
    const worker = new TestWorker([...sandbox(join(root.dir, 'ns')), `--allow-fs-read=${root.dir}/deps/node_modules`])
    cleanups.push(() => worker.stop())
    expect((await worker.load(join(root.dir, 'ns'))).problems).toEqual([])
    expect(textOf(await worker.callTool('use'))).toBe('from a dependency')
  })

  it('imports that reach outside or use what was not granted are load problems', async () => {
    const { problems } = await start(
      {
        'outside.ts': `import '../../etc/hostname.ts'`,
        'package.ts': `import 'fastify'`,
        'sqlite.ts': `import 'node:sqlite'`,
        'write.ts': `import { writeFileSync } from 'node:fs'\nwriteFileSync('/tmp/x', '')`,
      },
      { args: sandbox },
    )
    expect(problems.map(({ file, code, message }) => `${file} ${code} ${message}`)).toEqual([
      expect.stringMatching(/^outside\.ts import_failed Cannot import "\.\.\/\.\.\/etc\/hostname\.ts"/),
      expect.stringMatching(/^package\.ts import_failed Cannot import "fastify": no such package/),
      expect.stringMatching(/^sqlite\.ts import_failed .*add "sqlite"/),
      expect.stringMatching(/^write\.ts threw .*add "write"/),
    ])
  })
})
