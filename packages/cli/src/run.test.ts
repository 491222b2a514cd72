import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client as ClientV2 } from '@modelcontextprotocol/client'
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { BIN } from '../../../test/command-line.ts'

const TOOLS = `
import { defineTool } from 'tooldock'
import { z } from 'zod'
export const add = defineTool({ description: 'Adds.', input: z.object({ a: z.number(), b: z.number() }), handler: ({ a, b }) => String(a + b) })
export const pid = defineTool({ description: 'Its process.', input: z.object({}), handler: () => { console.log('noise'); return String(process.pid) } })
export const greet = defineTool({
  description: 'Asks.',
  input: z.object({}),
  async handler(_, ctx) {
    const { action, content } = await ctx.elicit({ message: 'Who?', schema: z.object({ name: z.string() }) })
    return action + ' ' + content?.name
  },
})
`
/** Each test starts a gateway, which takes as long as the machine lets it. */
vi.setConfig({ testTimeout: 120_000 })
const WITHIN = { timeout: 60_000 }

let root: string
let env: Record<string, string>
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'tooldock-run-test-')))
  env = { PATH: process.env.PATH ?? '', TMPDIR: root }
  await mkdir(join(root, 'My Tools'))
  await writeFile(join(root, 'My Tools', 'tools.ts'), TOOLS)
})
afterAll(() => rm(root, { recursive: true, force: true }))

const command = () => ({ command: process.execPath, args: [BIN, 'run', join(root, 'My Tools')], env, stderr: 'inherit' as const })
const textOf = (result: unknown): string => (result as { content: { text: string }[] }).content[0]?.text ?? ''
const isRunning = async (pid: number): Promise<boolean> =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    (stat) => stat[stat.lastIndexOf(')') + 2] !== 'Z',
    () => false,
  )
/** Folders that runs made for themselves and did not remove. */
const leftBehind = async () => (await readdir(root)).filter((name) => name.startsWith('tooldock-run-'))

test('an official client of the legacy era: tools, a question on the way, an end without a trace', async () => {
  const client = new ClientV1({ name: 'test', version: '1' }, { capabilities: { elicitation: {} } })
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept' as const, content: { name: 'Ann' } }))
  const transport = new StdioV1(command())
  await client.connect(transport)
  expect(client.getServerVersion()?.name).toContain('my-tools')
  expect((await client.listTools()).tools.map(({ name }) => name).sort()).toEqual(['add', 'greet', 'pid'])
  expect(textOf(await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } }))).toBe('3')
  expect(textOf(await client.callTool({ name: 'greet', arguments: {} }))).toBe('accept Ann')
  const pids = [Number(transport.pid), Number(textOf(await client.callTool({ name: 'pid', arguments: {} })))]
  await client.close()
  for (const pid of pids) await expect.poll(() => isRunning(pid), WITHIN).toBe(false)
  expect(await leftBehind()).toEqual([])
})

test('an official client of 2026-07-28: tools, a question on the way', async () => {
  const client = new ClientV2({ name: 'test', version: '1' }, { capabilities: { elicitation: { form: {} } } })
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept' as const, content: { name: 'Bob' } }))
  await client.connect(new StdioV2(command()))
  try {
    expect((await client.listTools()).tools).toHaveLength(3)
    expect(textOf(await client.callTool({ name: 'add', arguments: { a: 2, b: 2 } }))).toBe('4')
    expect(textOf(await client.callTool({ name: 'greet', arguments: {} }))).toBe('accept Bob')
  } finally {
    await client.close()
  }
  await expect.poll(leftBehind, WITHIN).toEqual([])
})

test('kill -9 of the client leaves no process', async () => {
  // The client is a shell whose child is the server, on pipes that nobody else holds.
  const script = `const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, ${JSON.stringify(command().args)}, { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.write(process.env.LINES)
    child.stdout.on('data', (chunk) => process.stdout.write(chunk))
    console.log(JSON.stringify({ server: child.pid }))`
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} }
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'pid', arguments: {}, _meta: meta } }
  const client: ChildProcess = spawn(process.execPath, ['-e', script], {
    env: { ...env, LINES: `${JSON.stringify(call)}\n` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  client.stdout?.on('data', (chunk) => (said += String(chunk)))
  await expect.poll(() => said.trim().split('\n').length, WITHIN).toBe(2)
  const [server, answer] = said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const pids = [server.server as number, Number(textOf(answer.result))]
  for (const pid of pids) expect(await isRunning(pid)).toBe(true)
  const exited = once(client, 'exit')
  client.kill('SIGKILL')
  await exited
  for (const pid of pids) await expect.poll(() => isRunning(pid), WITHIN).toBe(false)
  expect(await leftBehind()).toEqual([])
})

test('lines in a pipe are answered before it ends; what is no message is refused; a folder that does not load is explained', async () => {
  const request = (method: string) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: method,
      method,
      params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } },
    })
  const { code, stdout } = await pipe(join(root, 'My Tools'), `${request('server/discover')}\nnonsense\n${request('no/such')}\n`)
  expect(code).toBe(0)
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(answers).toHaveLength(3)
  expect(answers).toContainEqual(
    expect.objectContaining({
      id: 'server/discover',
      result: expect.objectContaining({ supportedVersions: expect.arrayContaining(['2026-07-28', '2025-11-25']) }),
    }),
  )
  expect(answers).toContainEqual({ jsonrpc: '2.0', error: expect.objectContaining({ code: -32700 }) })
  expect(answers).toContainEqual(expect.objectContaining({ id: 'no/such', error: expect.objectContaining({ code: -32601 }) }))

  await mkdir(join(root, 'broken'))
  await writeFile(join(root, 'broken', 'a.ts'), 'export const = 1\n')
  const broken = await pipe(join(root, 'broken'), '')
  expect(broken).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^ {2}a\.ts(:1:\d+)?: /m) })
  expect(await leftBehind()).toEqual([])
})

async function pipe(folder: string, input: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [BIN, 'run', folder], { env, stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number]
  return { code, stdout, stderr }
}
