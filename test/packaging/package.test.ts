import { type ExecFileOptions, execFile } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import ts from 'typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPackage, packPackage } from '../../scripts/build-package.ts'
import { requireOrSkip } from '../skips.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { hasUv, UV_FOLDER } from '../uv.ts'
import { checkHealth, startContainer } from './container.ts'
import { buildImage } from './image.ts'
import { publishedRegistry } from './published-registry.ts'

/** Ten times what is promised. */
const READY_MS_MAX = 60_000
const TARBALL_BYTES_MAX = 6 * 1024 * 1024
/** The Node.js that a user has: the one that npm runs under, which may be older than ours. */
const USERS_NODE = process.env.npm_node_execpath ?? process.execPath
/** Which package of the lock file holds Node.js for this platform. */
const PLATFORM_NODE = readdirSync('node_modules').find((name) => /^node-(bin-)?(linux|darwin)-/.test(name)) ?? ''
const TOOL = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const double = defineTool({ description: 'Doubles.', input: z.object({ n: z.number() }), handler: ({ n }) => ({ twice: 2 * n }) })
`

let folder: string
let home: string
/** Everybody may enter it. */
let imageFolder: string
let tarball: string
let gateway: Gateway | undefined

/** Runs a program in the empty folder that the package is installed in. */
async function run(command: string, args: readonly string[], options: ExecFileOptions = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd: home, encoding: 'utf8', ...options })
  return stdout.toString()
}

/** npm under the user's Node.js; nothing of this checkout is on its PATH. */
const env = { ...process.env, PATH: [dirname(USERS_NODE), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter) }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tooldock-package-'))
  imageFolder = mkdtempSync(join(tmpdir(), 'tooldock-image-'))
  chmodSync(imageFolder, 0o755)
  home = join(folder, 'home')
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), '{"private":true}\n')
  buildPackage(join(folder, 'package'))
  tarball = packPackage(join(folder, 'package'))
  const registry = await publishedRegistry(tarball, JSON.parse(readFileSync(join(folder, 'package/package.json'), 'utf8')))
  // Node.js itself is 200 MB to unpack: it is linked from here, where npm has unpacked the very same package.
  const options = ['--ignore-scripts', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  try {
    await run('npm', ['install', ...options, `--registry=${registry.url}`, 'tooldock'], { env })
  } finally {
    await registry.close()
  }
  symlinkSync(resolve('node_modules', PLATFORM_NODE), join(home, 'node_modules/tooldock/node_modules', PLATFORM_NODE))
}, 240_000)

afterAll(async () => {
  await gateway?.dispose()
  for (const made of [folder, imageFolder]) rmSync(made, { recursive: true, force: true })
})

test('the tarball is small, and has neither tests nor TypeScript of ours', async () => {
  expect(statSync(tarball).size).toBeLessThan(TARBALL_BYTES_MAX)
  const files = (await run('tar', ['-tzf', tarball])).trim().split('\n')
  const unwanted = files.filter(
    (file) => /\.test\.|\/test\/|\/test-[^/]*\.js$|\.map$|\.tsx$|\/\.env|node_modules/.test(file) || (/\/src\/.*\.ts$/.test(file) && !file.endsWith('.d.ts')),
  )
  expect(unwanted).toEqual([])
  for (const file of [
    'README.md',
    'LICENSE',
    'npm-shrinkwrap.json',
    'packages/admin-ui/dist/index.html',
    'templates/tool/hello.ts',
    'docs/reference/settings.md',
  ])
    expect(files).toContain(`package/${file}`)
})

test('what is installed is exactly what the lock file of this checkout says, beside nothing else', async () => {
  const read = (file: string) => (JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, { version: string; integrity?: string }> }).packages
  const locked = read('package-lock.json')
  const installed = Object.entries(read(join(home, 'node_modules/.package-lock.json'))).filter(([path]) => path !== 'node_modules/tooldock')
  expect(installed.length).toBeGreaterThan(30)
  for (const [path, { version, integrity }] of installed)
    expect({ path, version, integrity }).toEqual({ path, ...pick(locked[path.replace('node_modules/tooldock/', '')]) })
  expect(existsSync(join(home, 'node_modules/.bin/node')), "it does not change the user's own Node.js").toBe(false)
})

const pick = (entry: { version: string; integrity?: string } | undefined) => ({ version: entry?.version, integrity: entry?.integrity })

test('npx tooldock says its version under the Node.js of the user', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  expect(await run('npx', ['--no', '--', 'tooldock', '--version'], { env })).toBe(`${version}\n`)
})

test('it starts, loads tools, and serves them to an MCP client, over REST and in the UI', async () => {
  gateway = await startGateway({
    command: [join(home, 'node_modules/.bin/tooldock'), 'start'],
    readyTimeoutMs: READY_MS_MAX,
    env: { PATH: env.PATH, NODE_COMPILE_CACHE: undefined },
    namespaces: { demo: { 'double.ts': TOOL }, shared: join(home, 'node_modules/tooldock/examples/shared') },
  })
  const { url, token } = gateway
  const client = new Client({ name: 'packaging', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${token}` } } }))
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['demo__double', 'shared__text_statistics']))
  expect((await client.callTool({ name: 'demo__double', arguments: { n: 21 } })).content).toEqual([{ type: 'text', text: '{"twice":42}' }])
  await client.close()
  expect((await gateway.rest('demo', 'double', { n: 4 })).json).toEqual({ twice: 8 })

  const page = await (await fetch(`${url}/`)).text()
  const script = /src="([^"]+\.js)"/.exec(page)?.[1] ?? ''
  expect((await fetch(new URL(script, `${url}/`))).headers.get('content-type')).toMatch(/javascript/)
  expect((await fetch(`${url}/demo/openapi/docs`)).status).toBe(200)
  expect((await gateway.http('/api/templates')).status).toBe(200)
  await gateway.stop()
})

test('the container runs it as a user without rights, is healthy while it is, and ends within the grace', {
  ...requireOrSkip('root'),
  timeout: 120_000,
}, async () => {
  const root = join(imageFolder, 'root')
  const uv = hasUv() ? { '/opt/uv/bin/uv': join(UV_FOLDER, 'uv'), '/opt/uv/bin/uvx': join(UV_FOLDER, 'uvx') } : {}
  const image = buildImage({ folder: root, given: { build: { '/src/dist/tooldock': join(home, 'node_modules/tooldock'), ...uv } }, say: () => {} })
  gateway = await startContainer(image)
  const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8')
  expect(status).toMatch(/^Uid:\s+1000\s+1000/m)
  expect(status).toMatch(/^CapBnd:\s+0+$/m)
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
  expect(checkHealth(image, gateway)).toBe(0)
  expect((await gateway.rest('shared', 'text_statistics', { text: 'two words' })).json).toMatchObject({ words: 2 })
  await gateway.stop()
  expect(checkHealth(image, gateway)).toBe(1)
  const theirs = readdirSync(root, { recursive: true, withFileTypes: true }).map(({ parentPath, name }) => join(parentPath, name))
  const written = theirs.filter((path) => lstatSync(path).uid === 1000 && !`${path}/`.startsWith(`${image.dataDir}/`))
  expect(written, 'its user writes nothing outside the volume, so that the rest can be read-only').toEqual([])
})

test('tool authors have its types', () => {
  const right = `import { defineTool } from 'tooldock'\nexport const one = defineTool({ description: 'One.', handler: () => 1 })\n`
  writeFileSync(join(home, 'right.mts'), right)
  writeFileSync(join(home, 'wrong.mts'), right.replace('handler', 'handle'))
  const files = ['right.mts', 'wrong.mts'].map((name) => join(home, name))
  const program = ts.createProgram(files, {
    ...{ noEmit: true, strict: true, types: [], skipDefaultLibCheck: true },
    ...{ target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  })
  const wrong = ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => [basename(file?.fileName ?? ''), ts.flattenDiagnosticMessageText(messageText, ' ')])
  expect(wrong).toEqual([['wrong.mts', expect.stringContaining('handle')]])
}, 60_000)
