import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { TOKEN_HOLDER } from '../src/kernel/principal.ts'
import { connect } from '../src/upstream/connect.ts'
import type { ConnectionEvent, ConnectOptions, McpConnection } from '../src/upstream/mcp-connection.types.ts'
import { createStdioChannel } from '../src/upstream/stdio-channel.ts'
import type { UpstreamCall, UpstreamResult } from '../src/upstream/upstream.ts'

export const MESSAGE_BYTES_MAX = 1024 * 1024
/** What a shared connection declares. */
export const EVERYTHING = { elicitation: { form: {}, url: {} }, sampling: {}, roots: { listChanged: true } }

export interface ConnectedServer {
  readonly mcp: McpConnection
  readonly child: ChildProcess
  readonly events: ConnectionEvent[]
  /** What it wrote to stdout that was no message. */
  readonly output: string[]
}

const children = new Set<ChildProcess>()

/** Starts a server of `servers/` and connects to it. The child is left to {@link stopServers} when that fails. */
export async function connectServer(program: string, args: readonly string[], options: Partial<ConnectOptions> = {}): Promise<ConnectedServer> {
  const file = fileURLToPath(new URL(`servers/${program}`, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'], env: {} })
  children.add(child)
  child.once('exit', () => children.delete(child))
  const events: ConnectionEvent[] = []
  const output: string[] = []
  const channel = createStdioChannel(child.stdin, child.stdout, { messageBytesMax: MESSAGE_BYTES_MAX, onOutput: (text) => output.push(text) })
  const mcp = await connect(channel, connectOptions({ onEvent: (event) => events.push(event), ...options }))
  return { mcp, child, events, output }
}

export const connectOptions = (options: Partial<ConnectOptions>): ConnectOptions => ({
  clientCapabilities: EVERYTHING,
  clientInfo: { name: 'tooldock', version: '0' },
  deadlineMs: 10_000,
  callTimeoutMs: 10_000,
  parkMs: 60_000,
  parkedCallsMax: 100,
  listEntriesMax: 1000,
  onEvent() {},
  ...options,
})

/** Ends what tests started; to be called after each. */
export async function stopServers(): Promise<void> {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all([...children].map((child) => once(child, 'exit')))
}

export const toolCall = (name: string, args: object = {}, more: Partial<UpstreamCall> & { readonly more?: object } = {}): UpstreamCall => {
  const { more: params, ...rest } = more
  return {
    method: 'tools/call',
    params: { name, arguments: args, ...params },
    requestId: 'request',
    principal: TOKEN_HOLDER,
    clientCapabilities: EVERYTHING,
    ...rest,
  }
}

/** The one text of a result. */
export function textOf(result: UpstreamResult): string {
  if (result.kind !== 'complete') throw new Error(`input required: ${JSON.stringify(result)}`)
  return (JSON.parse(result.json) as { content: { text: string }[] }).content.map(({ text }) => text).join()
}
