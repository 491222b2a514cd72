import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { startGateway } from '../test/system/gateway.ts'
import { LegacySession } from '../test/system/mcp-http.ts'
import { cpuMsOf, memoryOf, workersOf } from '../test/system/processes.ts'
import type { LoadResult, LoadSpec } from './load.ts'
import { ECHO, folderOf } from './namespaces.ts'
import { legacyRequest, modernRequest, restRequest } from './requests.ts'

export const CONNECTIONS = 32
export const GREETING = 'hello bench'
export const CALL = { name: 'echo', arguments: { text: GREETING } }

/** Something that answers the same call in its own way. */
export interface Path {
  readonly name: string
  readonly port: number
  readonly requests: readonly string[]
  readonly expect: string
  /** Everything that works on an answer. */
  processes(): readonly { readonly name: string; readonly pid: number }[]
}

/** Processes that were started for the benchmark and how to end them. */
export interface Started {
  readonly paths: readonly Path[]
  stop(): Promise<void>
}

const everyConnection = (request: string) => Array.from({ length: CONNECTIONS }, () => request)

export interface PathResult extends LoadResult {
  /** Processor time of all processes of the path for one request, warm-up included: steady also on a busy machine. */
  readonly cpuMicroseconds: number
  /** Highest resident memory so far. */
  readonly memory: readonly { readonly name: string; readonly peakMb: number }[]
}

/** Runs the load program against one path. @throws with its words when an answer was not what it must be. */
export async function load(path: Path, warmupMs: number, measureMs: number): Promise<PathResult> {
  const cpu = () => path.processes().reduce((sum, { pid }) => sum + cpuMsOf(pid), 0)
  const before = cpu()
  const result = await runLoad(path, warmupMs, measureMs)
  const memory = path.processes().map(({ name, pid }) => ({ name, peakMb: memoryOf(pid).peakMb }))
  return { ...result, cpuMicroseconds: Math.round(((cpu() - before) * 1000) / result.requestsWithWarmup), memory }
}

async function runLoad(path: Path, warmupMs: number, measureMs: number): Promise<LoadResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts')], { stdio: ['pipe', 'pipe', 'pipe'] })
  const spec: LoadSpec = { port: path.port, warmupMs, measureMs, requests: path.requests, expect: path.expect }
  child.stdin.end(JSON.stringify(spec))
  const [printed, errors] = await Promise.all([text(child.stdout), text(child.stderr), child.exitCode ?? once(child, 'exit')])
  if (child.exitCode !== 0) throw new Error(`${path.name}: ${errors}`)
  return JSON.parse(printed) as LoadResult
}

/** Starts a program of `targets`, which prints its port. */
export async function startPeer(file: string, args: readonly string[] = []): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'targets', file), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, port: Number(line.toString().trim()) }
}

export async function endPeer(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** The floor and the official SDKs. */
export async function startPeers(): Promise<Started & { readonly floor: Path }> {
  const peers = [
    { name: 'bare node:http, JSON parse + stringify', file: 'node-http.ts', request: modernRequest('/mcp', undefined, 'tools/call', CALL) },
    { name: 'official SDK v2 handler', file: 'sdk-v2.ts', request: modernRequest('/mcp', undefined, 'tools/call', CALL) },
    { name: 'official SDK v1, stateless on Express', file: 'sdk-v1.ts', request: legacyRequest('/mcp', undefined, undefined, 'tools/call', CALL) },
  ]
  const started = await Promise.all(peers.map(async (peer) => ({ ...peer, ...(await startPeer(peer.file)) })))
  const paths = started.map(({ name, port, request, child }) => ({
    name,
    port,
    requests: everyConnection(request),
    expect: GREETING,
    processes: () => [{ name: 'server', pid: child.pid as number }],
  }))
  const [floor, ...others] = paths
  return { floor: floor as Path, paths: others, stop: async () => void (await Promise.all(started.map(({ child }) => endPeer(child)))) }
}

/** Arguments of node with which it writes a CPU profile into a folder when it ends. */
export function profileArgs(dir: string | undefined): readonly string[] {
  return dir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(dir)}`]
}

/** ToolDock as shipped (a token, info logs, metrics), by each protocol, and lists of a namespace with 1,000 tools. */
export async function startTooldock(profileDir: string | undefined): Promise<Started> {
  const gateway = await startGateway({ namespaces: { bench: ECHO, thousand: folderOf(1000) }, env: { LOG_FORMAT: 'text' }, nodeArgs: profileArgs(profileDir) })
  const { token, port, pid } = gateway
  const key = await gateway.http('/api/keys', { body: { name: 'bench', role: 'caller', namespaces: ['bench'] } })
  const sessions = await Promise.all(Array.from({ length: CONNECTIONS }, () => LegacySession.open(gateway, '/bench/mcp')))
  const processes = () => [{ name: 'gateway', pid }, ...workersOf(pid).map((worker) => ({ name: 'worker', pid: worker.pid }))]
  const path = (name: string, requests: readonly string[], expect: string): Path => ({ name, port, requests, expect, processes })
  return {
    paths: [
      path('ToolDock, MCP 2026-07-28', everyConnection(modernRequest('/bench/mcp', token, 'tools/call', CALL)), GREETING),
      path('ToolDock, MCP 2026-07-28, API key', everyConnection(modernRequest('/bench/mcp', key.json.secret, 'tools/call', CALL)), GREETING),
      path(
        'ToolDock, MCP 2025-11-25 with sessions',
        sessions.map(({ id }) => legacyRequest('/bench/mcp', token, id, 'tools/call', CALL)),
        GREETING,
      ),
      path('ToolDock, REST', everyConnection(restRequest('/bench/openapi/tools/echo', token, CALL.arguments)), GREETING),
      path('ToolDock, tools/list of 1,000 tools', everyConnection(modernRequest('/thousand/mcp', token, 'tools/list', {})), '"t999"'),
    ],
    stop: async () => {
      await gateway.stop()
      await gateway.dispose()
    },
  }
}
