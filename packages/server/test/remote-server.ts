import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Channel, ChannelMessage } from '../src/upstream/channel.ts'
import { createHttpChannel, type HttpChannelOptions } from '../src/upstream/http/http-channel.ts'
import { createHttpPool, type HttpPool, type HttpPoolOptions } from '../src/upstream/http/http-pool.ts'

/** A request as a remote server of a test got it. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The JSON-RPC message of a POST. */
  readonly message: { readonly id?: number; readonly method?: string; readonly params?: Record<string, unknown>; readonly result?: unknown }
  readonly response: ServerResponse
}

/** A real HTTP server on a free port of the loopback interface, which does with each request what the test says. */
export class RemoteServer {
  readonly received: Received[] = []
  readonly sockets = new Set<Socket>()
  socketsMost = 0
  answer: (received: Received) => void
  readonly #server: Server

  private constructor(answer: (received: Received) => void) {
    this.answer = answer
    this.#server = createServer((request, response) => void this.#onRequest(request, response))
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket)
      this.socketsMost = Math.max(this.socketsMost, this.sockets.size)
      socket.once('close', () => this.sockets.delete(socket))
    })
  }

  static async start(answer: (received: Received) => void, port = 0): Promise<RemoteServer> {
    const remote = new RemoteServer(answer)
    remote.#server.listen(port, '127.0.0.1')
    await once(remote.#server, 'listening')
    return remote
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return `${this.origin}/mcp`
  }

  of(method: string): Received[] {
    return this.received.filter((each) => each.message.method === method || each.method === method)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += chunk
    const received: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      message: body.startsWith('{') ? (JSON.parse(body) as Received['message']) : {},
      response,
    }
    this.received.push(received)
    this.answer(received)
  }
}

export const resultText = (id: number | undefined, result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id, result })

export function sendJson(response: ServerResponse, text: string, headers: Record<string, string> = {}, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
}

/** Begins an event stream; `send` writes one event. */
export function startEvents(response: ServerResponse): (data: string, fields?: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  return (data, fields = '') => void response.write(`${fields}data: ${data}\n\n`)
}

const POOL_OPTIONS = {
  connectionsMax: 20,
  waitingMax: 1000,
  connectTimeoutMs: 5000,
  headersTimeoutMs: 30_000,
  bodyIdleMs: 30_000,
  breaker: { failuresMax: 5, pauseMs: 60_000, pauseMsMax: 60_000 },
}
const CHANNEL_OPTIONS = {
  headers: {},
  transport: 'streamable-http',
  messageBytesMax: 1 << 20,
  openTimeoutMs: 5000,
  reconnectMsMax: 1000,
} as const

export interface RemoteClient {
  readonly pool: HttpPool
  readonly channel: Channel
  /** What belonged to no request. */
  readonly messages: ChannelMessage[]
  close(): Promise<void>
}

export async function openClient(
  url: string,
  channelOptions: Partial<HttpChannelOptions> = {},
  poolOptions: Partial<HttpPoolOptions> = {},
): Promise<RemoteClient> {
  const pool = await createHttpPool({ ...POOL_OPTIONS, url, ...poolOptions })
  const channel = createHttpChannel({ ...CHANNEL_OPTIONS, url, ...channelOptions }, { pool })
  const messages: ChannelMessage[] = []
  channel.receive((message) => messages.push(message))
  return {
    pool,
    channel,
    messages,
    async close() {
      await channel.close()
      await pool.close()
    },
  }
}
