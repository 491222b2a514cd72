import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Client, type ClientCapabilities, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Wire } from '../clients/test-client.ts'
import { requireOrSkip } from '../skips.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { until } from '../system/until.ts'
import { UV_FOLDER } from '../uv.ts'
import { addServer, getServer, PATIENT, registryAccess } from './servers.ts'

const INSTALL_MS = 240_000
const SETTLE_MS = 3000
const EVERYTHING = { kind: 'npm', package: '@modelcontextprotocol/server-everything' }
const SECRET = 'known to the gateway alone'

let gateway: Gateway
beforeAll(async () => {
  const env = { ...PATIENT, ...registryAccess(), SERVER_PATH: `${UV_FOLDER}:/usr/local/bin:/usr/bin:/bin`, TOOLDOCK_TEST_SECRET: SECRET }
  gateway = await startGateway({ env })
}, 60_000)
afterAll(async () => {
  try {
    await gateway?.stop()
  } finally {
    await gateway?.dispose()
  }
})

const CAPABILITIES: readonly { readonly title: string; readonly capabilities: ClientCapabilities }[] = [
  { title: 'no capabilities', capabilities: {} },
  { title: 'roots', capabilities: { roots: {} } },
  { title: 'every capability', capabilities: { roots: {}, sampling: {}, elicitation: { form: {}, url: {} } } },
]
const EVERY = { roots: {}, sampling: {}, elicitation: { form: {}, url: {} } }
type Mode = 'legacy' | 'auto'

async function connect(transport: Transport, capabilities: ClientCapabilities, mode: Mode): Promise<Client> {
  const client = new Client({ name: 'tooldock-test', version: '1.0.0' }, { capabilities, versionNegotiation: { mode } })
  if (capabilities.roots !== undefined) client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///tmp', name: 'tmp' }] }))
  if (capabilities.elicitation !== undefined)
    client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { name: 'Ada', check: true, email: 'ada@example.com' } }))
  await client.connect(transport)
  return client
}

function through(namespace: string): Transport {
  return new StreamableHTTPClientTransport(new URL(`${gateway.url}/${namespace}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${gateway.token}` } },
  })
}

/** What a server lists, every page, as it is on the wire. */
async function lists(client: Client): Promise<Record<string, readonly Wire[]>> {
  const offered: Wire = client.getServerCapabilities() ?? {}
  const found: Record<string, readonly Wire[]> = {}
  const all = { tools: 'tools', resources: 'resources', 'resources/templates': 'resourceTemplates', prompts: 'prompts' } as const
  for (const [method, key] of Object.entries(all))
    if (offered[method.split('/')[0] as string] !== undefined) {
      const entries: Wire[] = []
      let cursor: string | undefined
      do {
        const page: Wire = await client.request({ method: `${method}/list` as 'tools/list', params: cursor === undefined ? {} : { cursor } })
        entries.push(...page[key])
        cursor = page.nextCursor
      } while (cursor !== undefined)
      found[key] = entries
    }
  return found
}

/** What ToolDock runs: the program itself, from the server's own folder. */
async function programOf(namespace: string): Promise<{ readonly command: string; readonly args: readonly string[] }> {
  const { pid } = await getServer(gateway, namespace)
  const [command = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  return { command, args }
}

async function direct(namespace: string): Promise<Transport> {
  const { command, args } = await programOf(namespace)
  return new StdioClientTransport({ command, args: [...args], stderr: 'ignore' })
}

/** `execution` of a tool, about tasks of revision 2025-11-25, has no place in the next one. */
function withoutExecution({ tools = [], ...others }: Record<string, readonly Wire[]>): Record<string, readonly Wire[]> {
  return { tools: tools.map(({ execution: _, ...tool }) => tool), ...others }
}

const MODES = ['legacy', 'auto'] as const

/**
 * Lists and one call, as the server itself answers them over stdio: what it lists does not depend on the transport.
 * @param installed where ToolDock runs the server's program itself
 */
function describeServer(namespace: string, tool: string, args: Wire, installed = namespace): void {
  describe.each(CAPABILITIES)('to a client with $title', ({ capabilities }) => {
    let own: Client
    beforeAll(async () => {
      own = await connect(await direct(installed), capabilities, 'legacy')
    })
    afterAll(() => own?.close())

    const withOther = async (mode: Mode, look: (other: Client) => Promise<void>): Promise<void> => {
      const other = await connect(through(namespace), capabilities, mode)
      try {
        await look(other)
      } finally {
        await other.close()
      }
    }

    test.each(MODES)('of mode %s it shows the lists that the server itself shows', (mode) =>
      withOther(mode, async (other) => {
        const listed = async () => (own.getProtocolEra() === other.getProtocolEra() ? lists(own) : withoutExecution(await lists(own)))
        // Some servers register tools a moment after they were initialized.
        await until('both to list the same', async () => isDeepStrictEqual(await listed(), await lists(other)), SETTLE_MS).catch(() => undefined)
        expect(await lists(other)).toEqual(await listed())
      }),
    )

    // The roots of a client may decide what is answered; a shared server has none.
    if (Object.keys(capabilities).length > 0) return
    test.each(MODES)(`of mode %s ${tool} answers what the server itself answers`, (mode) =>
      withOther(mode, async (other) => {
        const call = async (client: Client) => {
          const { content, structuredContent, isError } = await client.callTool({ name: tool, arguments: args })
          return { content, structuredContent, isError }
        }
        const answer = await call(own)
        expect(answer.isError ?? false).toBe(false)
        expect(await call(other)).toEqual(answer)
      }),
    )
  })
}

describe('packages of npm', requireOrSkip('npm-registry'), () => {
  describe('server-everything over stdio', () => {
    beforeAll(() => addServer(gateway, 'everything', { ...EVERYTHING, sharing: 'per-capabilities' }, INSTALL_MS), INSTALL_MS + 10_000)

    describeServer('everything', 'get-structured-content', { location: 'New York' })
    describeElicitation('everything')

    test('it is one process without a wrapper, and knows nothing of the environment of ToolDock', async () => {
      const { command, args } = await programOf('everything')
      expect(command).toBe(process.execPath)
      expect(args[0]).toContain(join(gateway.dataDir, 'servers/everything/package-'))
      const client = await connect(through('everything'), {}, 'auto')
      const result: Wire = await client.callTool({ name: 'get-env', arguments: {} })
      await client.close()
      const env = JSON.parse(result.content[0].text) as Record<string, string>
      expect(Object.keys(env).toSorted()).toEqual(['HOME', 'LANG', 'PATH', 'TERM', 'TMPDIR'])
      expect(JSON.stringify(env)).not.toContain(SECRET)
    })
  })

  describe.each([
    { transport: 'streamableHttp', path: '/mcp' },
    { transport: 'sse', path: '/sse' },
  ])('server-everything over $transport', ({ transport, path }) => {
    const namespace = `everything-${transport.toLowerCase()}`
    let child: ChildProcess
    let url: string
    beforeAll(async () => {
      const { command, args } = await programOf('everything')
      const port = await freePort()
      child = spawn(command, [...args, transport], { env: { PORT: String(port) }, stdio: 'ignore' })
      url = `http://127.0.0.1:${port}${path}`
      await until(
        'it to listen',
        () =>
          fetch(url, { method: 'OPTIONS' }).then(
            () => true,
            () => false,
          ),
        60_000,
      )
      await addServer(gateway, namespace, { kind: 'remote', url })
    }, 120_000)
    afterAll(async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    })

    describeServer(namespace, 'get-sum', { a: 2, b: 3 }, 'everything')
    describeElicitation(namespace)
  })

  describe('server-filesystem', () => {
    beforeAll(
      () => addServer(gateway, 'files', { kind: 'npm', package: '@modelcontextprotocol/server-filesystem', args: [gateway.dataDir] }, INSTALL_MS),
      INSTALL_MS + 10_000,
    )
    describeServer('files', 'list_allowed_directories', {})
  })

  describe('server-memory', () => {
    beforeAll(() => addServer(gateway, 'memory', { kind: 'npm', package: '@modelcontextprotocol/server-memory' }, INSTALL_MS), INSTALL_MS + 10_000)
    describeServer('memory', 'read_graph', {})
  })
})

describe('mcp-server-time of PyPI', requireOrSkip('uv'), () => {
  beforeAll(() => addServer(gateway, 'time', { kind: 'pypi', package: 'mcp-server-time' }, INSTALL_MS), INSTALL_MS + 10_000)
  describeServer('time', 'convert_time', { source_timezone: 'Etc/UTC', time: '12:00', target_timezone: 'Asia/Tokyo' })
})

function describeElicitation(namespace: string): void {
  test.each(MODES)('a client of mode %s answers what its tool asks the user', async (mode) => {
    const client = await connect(through(namespace), EVERY, mode)
    try {
      const result: Wire = await client.callTool({ name: 'trigger-elicitation-request', arguments: {} })
      expect(JSON.stringify(result.content)).toContain('Ada')
    } finally {
      await client.close()
    }
  })
}

/** Found by taking it: nobody else on this machine asks for the same one at the same moment. */
async function freePort(): Promise<number> {
  const listener = createListener().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')
  return port
}
