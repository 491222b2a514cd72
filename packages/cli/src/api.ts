import { X509Certificate } from 'node:crypto'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import { checkServerIdentity, rootCertificates } from 'node:tls'
import { CommandError } from './command-error.ts'

/** How long an answer may take to begin, when the request says nothing. A call may take its time. */
const ANSWER_BEGINS_MS_MAX = 600_000
const CONNECT_MS_MAX = 10_000

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With the leading `/`; what comes from outside is encoded by `apiPath`. */
  readonly path: string
  readonly query?: Query
  /** Sent as JSON; a stream is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** How long the answer may take to begin. */
  readonly answerMsMax?: number
  /** Further statuses whose answer is wanted, and no error. */
  readonly statuses?: readonly number[]
}

/** The gateway's admin API, and its other addresses. Every path throws `ApiError` for an answer that is no success. */
export interface Api {
  /** Without a trailing slash. */
  readonly url: string
  get<T>(path: string, query?: Query): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  put<T>(path: string, body?: unknown): Promise<T>
  patch<T>(path: string, body?: unknown): Promise<T>
  delete<T>(path: string): Promise<T>
  /** An answer whose body the caller reads: a stream of events, a file. */
  open(request: ApiRequest): Promise<IncomingMessage>
}

export interface ApiOptions {
  /** http:// or https://, with a path when a proxy serves it below one. */
  readonly url: string
  readonly token: string | undefined
  /** Where the token came from, for the words of a refusal. */
  readonly tokenFrom: string
  /** PEM: trusted as it is, whatever name it is for. */
  readonly certificate?: string
}

/** The gateway refused, in its words. */
export class ApiError extends CommandError {
  readonly status: number
  readonly code: string
  readonly details: unknown
  constructor(message: string, { status, code, details }: { readonly status: number; readonly code: string; readonly details?: unknown }) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.details = details
  }
}

/** No gateway answers at the address: exit code 3. */
export class UnreachableError extends CommandError {
  readonly reason: string
  constructor(url: string, cause: unknown) {
    const reason = `No gateway answers at ${url} (${reasonOf(cause)})`
    super(`${reason}. Start it with "tooldock start", or name another one with --url.`, { cause })
    this.reason = reason
    this.name = 'UnreachableError'
  }
}

/** A path whose values cannot leave their place: ``apiPath`/api/servers/${name}` ``. */
export function apiPath(strings: TemplateStringsArray, ...values: readonly string[]): string {
  return strings.map((part, i) => part + (i < values.length ? encodeURIComponent(values[i] ?? '') : '')).join('')
}

export function createApi(options: ApiOptions): Api {
  const base = options.url.replace(/\/+$/, '')
  const tls = options.certificate === undefined ? {} : trust(options.certificate)

  async function open(request: ApiRequest): Promise<IncomingMessage> {
    const response = await send(base, { ...request, headers: { ...authorization(options.token), ...request.headers } }, tls)
    const status = response.statusCode ?? 0
    if ((status >= 200 && status < 300) || request.statuses?.includes(status)) return response
    throw toError(status, await text(response), options)
  }
  const ask = async <T>(request: ApiRequest): Promise<T> => JSON.parse(await text(await open(request))) as T

  return {
    url: base,
    get: (path, query = {}) => ask({ method: 'GET', path, query }),
    post: (path, body = {}) => ask({ method: 'POST', path, body }),
    put: (path, body = {}) => ask({ method: 'PUT', path, body }),
    patch: (path, body = {}) => ask({ method: 'PATCH', path, body }),
    delete: (path) => ask({ method: 'DELETE', path }),
    open,
  }
}

const authorization = (token: string | undefined): Record<string, string> => (token === undefined ? {} : { authorization: `Bearer ${token}` })

/** The certificate that the gateway is configured with is trusted like one of a known authority, also when it names another host. */
function trust(certificate: string): RequestOptions {
  const { fingerprint256 } = new X509Certificate(certificate)
  return {
    ca: [...rootCertificates, certificate],
    // It may be issued by an authority that this machine does not know.
    allowPartialTrustChain: true,
    checkServerIdentity: (host, peer) => (peer.fingerprint256 === fingerprint256 ? undefined : checkServerIdentity(host, peer)),
  } as RequestOptions
}

function send(
  base: string,
  { method, path, query = {}, body, headers, signal, answerMsMax = ANSWER_BEGINS_MS_MAX }: ApiRequest,
  tls: RequestOptions,
): Promise<IncomingMessage> {
  const url = new URL(base + path)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  const isStream = isReadable(body)
  const payload = body === undefined || isStream ? undefined : JSON.stringify(body)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = start(url, {
    ...tls,
    method,
    headers: { accept: 'application/json', ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(signal === undefined ? {} : { signal }),
    // Nothing is kept open: a command ends when its answers have come.
    agent: false,
  })
  const fail = (error: Error): void => reject(signal?.aborted ? signal.reason : new UnreachableError(base, error))
  let timer = setTimeout(() => request.destroy(new Error('it did not accept the connection')), CONNECT_MS_MAX)
  request.once('socket', (socket) =>
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      timer = setTimeout(() => request.destroy(new Error('it does not answer')), answerMsMax)
    }),
  )
  request.once('response', (response) => {
    clearTimeout(timer)
    resolve(response)
  })
  request.on('error', fail)
  request.once('close', () => clearTimeout(timer))
  if (isStream) body.on('error', (error) => request.destroy(error)).pipe(request)
  else request.end(payload)
  return promise
}

const isReadable = (body: unknown): body is NodeJS.ReadableStream => typeof body === 'object' && body !== null && 'pipe' in body

/** `/api` and REST answer `{error: {code, message}}`, MCP addresses a JSON-RPC error with the code in its data. */
function toError(status: number, body: string, { url, token, tokenFrom }: ApiOptions): ApiError {
  const { error } = parse(body)
  const code = error?.data?.code ?? (typeof error?.code === 'string' ? error.code : undefined)
  if (code === undefined)
    return new ApiError(`${url} answered with HTTP status ${status}, which is not an answer of ToolDock.`, { status, code: `http_${status}` })
  const message =
    status === 401
      ? token === undefined
        ? `The gateway at ${url} wants a token: set TOOLDOCK_TOKEN.`
        : `The gateway at ${url} refuses the token ${tokenFrom}.`
      : (error?.message ?? code)
  return new ApiError(message, { status, code, details: error?.details })
}

interface ErrorBody {
  readonly error?: { readonly code?: unknown; readonly message?: string; readonly details?: unknown; readonly data?: { readonly code?: string } }
}

function parse(body: string): ErrorBody {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    // Not JSON: a proxy in between, or another program.
    return {}
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ECONNREFUSED' ? 'the connection is refused' : (message ?? String(error))
}
