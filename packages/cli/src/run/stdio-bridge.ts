import type { IncomingMessage } from 'node:http'
import { META } from '@tooldock/server/kernel/protocol-version'
import { EventReader } from '@tooldock/server/upstream/event-reader'
import { ToolHeaders } from '@tooldock/server/upstream/tool-headers'
import { type Api, apiPath, UnreachableError } from '../api.ts'
import { listTools } from '../list-tools.ts'

const MESSAGE_BYTES_MAX = 256 * 1024 * 1024
/** A call may take as long as the settings let it; the longest a timer can be. */
const ANSWER_MS_MAX = 2 ** 31 - 1
/** Every status of an answer that says what is wrong in JSON-RPC. */
const REFUSALS = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, 500, 501, 502, 503, 504]
const PARSE_ERROR = -32700
const INTERNAL_ERROR = -32603

type Id = string | number
interface Message {
  readonly id?: Id
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: unknown
  readonly error?: unknown
}

export interface StdioBridgeOptions {
  readonly api: Api
  readonly namespace: string
  /** Writes one message to the client. */
  readonly write: (json: string) => void
  /** Told of what has no place in the protocol. */
  readonly say: (line: string) => void
}

/** A client on two pipes, of any revision: each of its messages is a request to the HTTP endpoint of a namespace. */
export interface StdioBridge {
  /** One line of the client. */
  take(line: string): void
  /** Resolves when every request is answered. */
  answered(): Promise<void>
  /** Ends what is under way; nothing is written any more. */
  close(): void
}

export function createStdioBridge({ api, namespace, write, say }: StdioBridgeOptions): StdioBridge {
  const path = apiPath`/${namespace}/mcp`
  const toolHeaders = new ToolHeaders(async () => (await listTools(api, namespace)).map((tool) => ({ file: '', ...tool })))
  const closing = new AbortController()
  /** Requests of 2026-07-28, which have no session that could be told of a cancellation: ending the request is that. */
  const underWay = new Map<Id, AbortController>()
  const exchanges = new Set<Promise<void>>()
  /** What a session begins with, and its notifications, are sent one after the other; requests follow them. */
  let session: { id: string; version: string } | undefined
  let inTurn: Promise<void> = Promise.resolve()

  function take(line: string): void {
    if (line.trim() === '' || closing.signal.aborted) return
    const message = parse(line)
    if (message === undefined) return emit({ error: { code: PARSE_ERROR, message: 'Parse error: a line is one JSON-RPC message.' } })
    const one = single(message)
    const exchanging = one !== undefined && isModern(one) ? takeModern(one) : takeLegacy(message)
    exchanges.add(exchanging)
    void exchanging.finally(() => exchanges.delete(exchanging))
  }

  /** Before a session a request stands for itself; within one `_meta` decides, as over HTTP. */
  function isModern({ method, params }: Message): boolean {
    if (method === 'notifications/cancelled') return underWay.has(params?.requestId as Id)
    const meta = params?._meta as Readonly<Record<string, unknown>> | undefined
    return meta?.[META.protocolVersion] !== undefined || method === 'server/discover' || method === 'subscriptions/listen'
  }

  async function takeModern(message: Message): Promise<void> {
    const { id, method = '', params = {} } = message
    if (method === 'notifications/cancelled') return underWay.get(params.requestId as Id)?.abort()
    if (id === undefined) return
    const ending = new AbortController()
    underWay.set(id, ending)
    try {
      await guard(id, async () => exchange(message, await headersOf(method, params), ending.signal))
    } finally {
      underWay.delete(id)
    }
  }

  async function headersOf(method: string, params: NonNullable<Message['params']>): Promise<Record<string, string>> {
    const version = (params._meta as Readonly<Record<string, unknown>> | undefined)?.[META.protocolVersion]
    if (toolHeaders.of({ method, params }) === undefined) await toolHeaders.load()
    return { ...toolHeaders.of({ method, params }), ...(typeof version === 'string' ? { 'mcp-protocol-version': version } : {}) }
  }

  function takeLegacy(message: Message | readonly Message[]): Promise<void> {
    const one = single(message)
    const { id, method } = one ?? {}
    const post = () => inTurn.then(() => exchange(message, sessionHeaders()))
    if (one !== undefined && method === 'initialize') return (inTurn = inTurn.then(() => initialize(one)))
    if (method !== undefined && id === undefined) return (inTurn = post().then(() => (method === 'notifications/initialized' ? void listen() : undefined)))
    return post()
  }

  const sessionHeaders = (): Record<string, string> => (session === undefined ? {} : { 'mcp-session-id': session.id, 'mcp-protocol-version': session.version })

  async function initialize(message: Message): Promise<void> {
    await exchange(message, {}, closing.signal, (response, answer) => {
      const id = response.headers['mcp-session-id']
      const { protocolVersion } = (answer.result ?? {}) as { readonly protocolVersion?: string }
      if (typeof id === 'string' && protocolVersion !== undefined) session = { id, version: protocolVersion }
    })
  }

  /** What a session is told without having asked. */
  async function listen(): Promise<void> {
    await guard(undefined, async () => {
      const response = await api.open({ method: 'GET', path, headers: { accept: 'text/event-stream', ...sessionHeaders() }, signal: closing.signal })
      await readEvents(response, emitText)
    })
  }

  /** Sends a message and passes on whatever is answered. Never rejects. */
  async function exchange(
    message: Message | readonly Message[],
    headers: Record<string, string>,
    signal: AbortSignal = closing.signal,
    onAnswer: (response: IncomingMessage, answer: Message) => void = () => {},
  ): Promise<void> {
    const id = single(message)?.id
    await guard(
      id,
      async () => {
        const response = await api.open({
          ...{ method: 'POST', path, body: message, signal: AbortSignal.any([signal, closing.signal]) },
          headers: { accept: 'application/json, text/event-stream', ...headers },
          ...{ answerMsMax: ANSWER_MS_MAX, statuses: REFUSALS },
        })
        if (isEventStream(response)) return readEvents(response, emitText)
        const text = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString()
        if (text === '') return
        const answer = parse(text)
        if (answer === undefined) throw new Error('the gateway answered something that is no JSON')
        // An answer that was refused before it was read does not know whom it answers.
        const one = single(answer)
        if (one !== undefined) onAnswer(response, one)
        if (one?.error !== undefined && one.id === undefined && id !== undefined) emit({ ...one, id })
        else emitText(text)
      },
      signal,
    )
  }

  /** A request that cannot be passed on is answered; one that was cancelled is not. */
  async function guard(id: Id | undefined, work: () => Promise<void>, signal: AbortSignal = closing.signal): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (signal.aborted || closing.signal.aborted) return
      const message = error instanceof UnreachableError ? 'ToolDock does not answer.' : (error as Error).message
      if (id === undefined) say(message)
      else emit({ id, error: { code: INTERNAL_ERROR, message } })
    }
  }

  const emit = (message: Message): void => emitText(JSON.stringify({ jsonrpc: '2.0', ...message }))
  const emitText = (json: string): void => {
    if (closing.signal.aborted) return
    // A line is a message, whatever a server behind this one put into it.
    write(/[\r\n]/.test(json) ? JSON.stringify(JSON.parse(json)) : json)
  }

  return {
    take,
    async answered() {
      while (exchanges.size > 0) await Promise.allSettled(exchanges)
    },
    close: () => closing.abort(),
  }
}

const isEventStream = (response: IncomingMessage): boolean => response.headers['content-type']?.startsWith('text/event-stream') === true
/** Undefined: several, as one line of 2025-03-26 may hold. */
const single = (message: Message | readonly Message[]): Message | undefined => ('length' in message ? undefined : message)

async function readEvents(response: IncomingMessage, onData: (data: string) => void): Promise<void> {
  const events = new EventReader(MESSAGE_BYTES_MAX, ({ data }) => onData(data))
  for await (const chunk of response) events.read(chunk as Buffer)
}

/** Undefined: it is no JSON, or no message. */
function parse(line: string): Message | readonly Message[] | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Message | readonly Message[]) : undefined
  } catch {
    // Said to the client by the caller.
    return undefined
  }
}
