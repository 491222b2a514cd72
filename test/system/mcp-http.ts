/** Raw MCP over HTTP, so that a test sees statuses, headers and each message as they came. */

const MODERN = '2026-07-28'
const META = 'io.modelcontextprotocol/'

/** Where to send: a gateway, or anything that has an address and a token. */
export interface Target {
  readonly url: string
  readonly token?: string
}

// biome-ignore lint/suspicious/noExplicitAny: a test asserts on what came, whatever it is
export type Message = Record<string, any>

export interface Reply {
  readonly status: number
  readonly headers: Headers
  /** Every message that came, the response last. */
  readonly messages: readonly Message[]
  /** Of the last event of a stream that had ids: where to resume it. */
  readonly lastEventId?: string
  // biome-ignore lint/suspicious/noExplicitAny: see Message
  readonly result: any
  // biome-ignore lint/suspicious/noExplicitAny: see Message
  readonly error: any
}

export interface ModernOptions {
  readonly capabilities?: Record<string, unknown>
  readonly logLevel?: string
  readonly meta?: Record<string, unknown>
  /** A header of value null is left out. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly id?: number | string
  readonly signal?: AbortSignal
  /** Called with each message that is not the response; for requests that stream. */
  readonly onMessage?: (message: Message) => void
}

export interface SseEvent {
  readonly id?: string
  readonly event: string
  readonly data: string
  readonly retry?: number
}

/** Parses an event stream; comments are skipped. Ends when the stream does. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent> {
  const decoder = new TextDecoder()
  let buffer = ''
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true })
    const blocks = buffer.split(/\r?\n\r?\n/)
    buffer = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parseEvent(block)
      if (event !== undefined) yield event
    }
  }
}

function parseEvent(block: string): SseEvent | undefined {
  const fields: Record<string, string> = {}
  for (const line of block.split(/\r?\n/)) {
    const match = /^([a-z]+):? ?(.*)$/.exec(line)
    if (match?.[1] === undefined) continue
    const value = match[2] ?? ''
    fields[match[1]] = match[1] === 'data' && fields.data !== undefined ? `${fields.data}\n${value}` : value
  }
  if (Object.keys(fields).length === 0) return undefined
  return {
    event: fields.event ?? 'message',
    data: fields.data ?? '',
    ...(fields.id === undefined ? {} : { id: fields.id }),
    ...(fields.retry === undefined ? {} : { retry: Number(fields.retry) }),
  }
}

/** A header value of 2026-07-28: as it is, or in base64 where that is not safe. */
export const encodeHeaderValue = (value: string) =>
  /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !/^=\?base64\?.*\?=$/.test(value) ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`

/** One request of revision 2026-07-28 with everything the revision asks for. */
export async function modern(target: Target, path: string, method: string, params: Message = {}, options: ModernOptions = {}): Promise<Reply> {
  const name = method === 'resources/read' ? params.uri : method === 'tools/call' || method === 'prompts/get' ? params.name : undefined
  const _meta = {
    [`${META}protocolVersion`]: MODERN,
    [`${META}clientInfo`]: { name: 'tooldock-test', version: '1.0.0' },
    [`${META}clientCapabilities`]: options.capabilities ?? {},
    ...(options.logLevel === undefined ? {} : { [`${META}logLevel`]: options.logLevel }),
    ...options.meta,
  }
  const headers = {
    'MCP-Protocol-Version': MODERN,
    'Mcp-Method': method,
    ...(typeof name === 'string' ? { 'Mcp-Name': encodeHeaderValue(name) } : {}),
    ...options.headers,
  }
  return post(target, path, { jsonrpc: '2.0', id: options.id ?? 1, method, params: { ...params, _meta } }, { ...options, headers })
}

/** Posts a JSON-RPC message as it is. Reads the whole answer, JSON or event stream. */
export async function post(
  target: Target,
  path: string,
  message: unknown,
  options: { readonly headers?: Readonly<Record<string, string | null>>; readonly signal?: AbortSignal; readonly onMessage?: (message: Message) => void } = {},
): Promise<Reply> {
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json, text/event-stream' })
  if (target.token !== undefined) headers.set('authorization', `Bearer ${target.token}`)
  for (const [key, value] of Object.entries(options.headers ?? {})) value === null ? headers.delete(key) : headers.set(key, value)
  const response = await fetch(`${target.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(message),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const messages: Message[] = []
  let lastEventId: string | undefined
  const add = (one: Message) => {
    messages.push(one)
    if (one.method !== undefined) options.onMessage?.(one)
  }
  if (response.headers.get('content-type')?.startsWith('text/event-stream') && response.body !== null) {
    for await (const { id, data } of readEvents(response.body)) {
      lastEventId = id ?? lastEventId
      if (data !== '') add(JSON.parse(data) as Message)
    }
  } else {
    const text = await response.text()
    if (text !== '') for (const one of [JSON.parse(text) as Message | Message[]].flat()) add(one)
  }
  const response_ = messages.findLast((one) => 'result' in one || 'error' in one)
  return {
    status: response.status,
    headers: response.headers,
    messages,
    ...(lastEventId !== undefined && { lastEventId }),
    result: response_?.result,
    error: response_?.error,
  }
}

/** A session of a revision before 2026-07-28. */
export class LegacySession {
  readonly #target: Target
  readonly #path: string
  readonly id: string
  readonly protocolVersion: string
  #nextId = 1

  private constructor(target: Target, path: string, id: string, protocolVersion: string) {
    this.#target = target
    this.#path = path
    this.id = id
    this.protocolVersion = protocolVersion
  }

  static async open(target: Target, path: string, options: { readonly version?: string; readonly capabilities?: Message } = {}): Promise<LegacySession> {
    const version = options.version ?? '2025-11-25'
    const params = { protocolVersion: version, capabilities: options.capabilities ?? {}, clientInfo: { name: 'tooldock-test', version: '1.0.0' } }
    const reply = await post(target, path, { jsonrpc: '2.0', id: 0, method: 'initialize', params })
    const id = reply.headers.get('mcp-session-id')
    if (reply.result === undefined || id === null) throw new Error(`initialize answered ${reply.status} ${JSON.stringify(reply.messages)}`)
    const session = new LegacySession(target, path, id, reply.result.protocolVersion)
    await session.notify('notifications/initialized')
    return session
  }

  get headers(): Record<string, string> {
    return { 'mcp-session-id': this.id, 'mcp-protocol-version': this.protocolVersion }
  }

  request(
    method: string,
    params: Message = {},
    options: { readonly id?: number; readonly signal?: AbortSignal; readonly onMessage?: (message: Message) => void } = {},
  ): Promise<Reply> {
    return post(this.#target, this.#path, { jsonrpc: '2.0', id: options.id ?? this.#nextId++, method, params }, { headers: this.headers, ...options })
  }

  notify(method: string, params: Message = {}): Promise<Reply> {
    return post(this.#target, this.#path, { jsonrpc: '2.0', method, params }, { headers: this.headers })
  }

  /** Answers a request of the server. */
  respond(id: number | string, result: Message): Promise<Reply> {
    return post(this.#target, this.#path, { jsonrpc: '2.0', id, result }, { headers: this.headers })
  }

  /** The GET stream. */
  listen(options: { readonly lastEventId?: string; readonly signal?: AbortSignal } = {}): Promise<Response> {
    const headers = {
      accept: 'text/event-stream',
      ...(this.#target.token === undefined ? {} : { authorization: `Bearer ${this.#target.token}` }),
      ...this.headers,
      ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
    }
    return fetch(`${this.#target.url}${this.#path}`, { headers, ...(options.signal === undefined ? {} : { signal: options.signal }) })
  }

  async end(): Promise<number> {
    const headers = { ...(this.#target.token === undefined ? {} : { authorization: `Bearer ${this.#target.token}` }), ...this.headers }
    const response = await fetch(`${this.#target.url}${this.#path}`, { method: 'DELETE', headers })
    await response.arrayBuffer()
    return response.status
  }
}
