/** The same call through external MCP servers, beside other gateways that do the same. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { startGateway } from '../test/system/gateway.ts'
import { LegacySession } from '../test/system/mcp-http.ts'
import { descendantsOf } from '../test/system/processes.ts'
import { until } from '../test/system/until.ts'
import { addServer } from '../test/upstream/servers.ts'
import { CALL, endPeer, GREETING, type Path, profileArgs, type Started, startPeer } from './processes.ts'
import { legacyRequest, modernRequest } from './requests.ts'

/** One alone last: it makes so few calls that most of what it measured first would be code that is not compiled yet, of every target. */
const CLIENTS = [32, 256, 1]
const STDIO = join(import.meta.dirname, 'targets/upstream-stdio.ts')
/** Kept between runs, beside what the benchmark itself depends on. */
const PEERS_DIR = resolve(import.meta.dirname, '../node_modules/.cache/tooldock-bench')
const PEERS = ['supergateway@4.0.0', 'mcp-proxy@6.7.19']

/** Targets to compare with each other: the first is what ratios refer to. */
export interface Comparison {
  readonly title: string
  readonly paths: readonly Path[]
}

export interface Upstreams extends Omit<Started, 'paths'> {
  readonly comparisons: readonly Comparison[]
}

/** Something that answers with the same request on every connection. */
interface Target extends Pick<Path, 'name' | 'port' | 'processes'> {
  readonly request: string
}

const modernCall = (path: string, token?: string) => modernRequest(path, token, 'tools/call', CALL)

const processesBelow = (name: string, pid: number) => () => [{ name, pid }, ...descendantsOf(pid).map((child) => ({ name: 'its child', pid: child.pid }))]

/** Starts everything; what is not measured at the moment is idle. Peers come from the npm registry the first time. */
export async function startUpstreams(profileDir: string | undefined): Promise<Upstreams> {
  const ends: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  const program = async (name: string, file: string, path: string, ...args: string[]): Promise<Target> => {
    const { child, port } = await startPeer(file, args)
    ends.push(() => endPeer(child))
    return { name, port, request: modernCall(path), processes: processesBelow('server', child.pid as number) }
  }
  try {
    const http = await program('bare node:http upstream', 'upstream-http.ts', '/mcp')
    const floor = await program('bare node:http, JSON parse + stringify', 'node-http.ts', '/mcp')
    const proxy = await program('bare undici dispatch proxy', 'upstream-proxy.ts', '/mcp', String(http.port))
    const gateway = await startGateway({ env: { LOG_FORMAT: 'text' }, nodeArgs: profileArgs(profileDir) })
    ends.push(async () => {
      await gateway.stop()
      await gateway.dispose()
    })
    await addServer(gateway, 'stdio', { kind: 'command', command: 'node', args: [STDIO] })
    await addServer(gateway, 'http', { kind: 'remote', url: `http://127.0.0.1:${http.port}/mcp` })
    const { port, token, pid } = gateway
    const tooldock = { port, processes: processesBelow('gateway', pid) }
    const stdio = { ...tooldock, name: 'ToolDock, shared stdio server', request: modernCall('/stdio/mcp', token) }
    const remote = { ...tooldock, name: 'ToolDock, HTTP upstream', request: modernCall('/http/mcp', token) }
    const peers = await startOtherGateways(ends)
    const comparisons = CLIENTS.flatMap((clients) => [
      compare(`stdio, ${clients} clients, ratio to bare node:http`, clients, [floor, stdio, ...peers]),
      compare(`HTTP, ${clients} clients, ratio to the bare proxy`, clients, [proxy, remote]),
    ])
    return { comparisons, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function compare(title: string, clients: number, targets: readonly Target[]): Comparison {
  return { title, paths: targets.map(({ request, ...target }) => ({ ...target, expect: GREETING, requests: Array.from({ length: clients }, () => request) })) }
}

/** Other gateways in front of the same stdio server, one session each: what they share a process by. */
async function startOtherGateways(ends: (() => Promise<unknown>)[]): Promise<Target[]> {
  installPeers()
  const bin = (name: string) => join(PEERS_DIR, 'node_modules/.bin', name)
  const commands = {
    'supergateway 4.0.0': (port: number) => [
      'supergateway',
      '--stdio',
      `${process.execPath} ${STDIO}`,
      '--outputTransport',
      'streamableHttp',
      '--stateful',
      '--port',
      `${port}`,
    ],
    'mcp-proxy 6.7.19': (port: number) => ['mcp-proxy', '--port', `${port}`, '--host', '127.0.0.1', '--server', 'stream', '--', process.execPath, STDIO],
  }
  const targets: Target[] = []
  for (const [name, command] of Object.entries(commands)) {
    const port = await freePort()
    const [program = '', ...args] = command(port)
    const child = spawn(bin(program), args, { stdio: 'ignore', detached: true })
    ends.push(() => endGroup(child))
    const target = { url: `http://127.0.0.1:${port}` }
    const session = await until(`${name} to answer`, () => LegacySession.open(target, '/mcp').catch(() => undefined), 30_000)
    targets.push({
      name,
      port,
      request: legacyRequest('/mcp', undefined, session.id, 'tools/call', CALL),
      processes: processesBelow(name, child.pid as number),
    })
  }
  return targets
}

function installPeers(): void {
  if (existsSync(join(PEERS_DIR, 'node_modules/.bin/mcp-proxy'))) return
  mkdirSync(PEERS_DIR, { recursive: true })
  execFileSync('npm', ['install', '--prefix', PEERS_DIR, '--no-audit', '--no-fund', '--ignore-scripts', '-E', ...PEERS], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  process.kill(-(child.pid as number), 'SIGKILL')
  await once(child, 'exit')
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  listener.close()
  await once(listener, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
