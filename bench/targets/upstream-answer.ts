/** What the benchmark's own MCP servers answer: one tool, in both eras, as little work as the protocol allows. */

export interface UpstreamMessage {
  readonly id?: number | string
  readonly method: string
  readonly params?: {
    readonly protocolVersion?: string
    readonly arguments?: { readonly text?: string; readonly bytes?: number }
    readonly _meta?: Readonly<Record<string, unknown>>
  }
}

const VERSION = 'io.modelcontextprotocol/protocolVersion'
const SERVER = { name: 'bench-upstream', version: '1.0.0' }
const CAPABILITIES = { tools: {} }
const FIRST: Readonly<Record<string, string>> = { modern: 'server/discover', legacy: 'initialize' }
const CACHE = { ttlMs: 0, cacheScope: 'private' }
const TOOL = {
  name: 'echo',
  description: 'Answers what it was given.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' }, bytes: { type: 'integer' } } },
}

/** The JSON-RPC answer; undefined for a notification. @param era the only one it speaks; missing: both */
export function answerOf({ id, method, params = {} }: UpstreamMessage, era?: string): object | undefined {
  if (id === undefined) return undefined
  if ((method === 'server/discover' || method === 'initialize') && method !== (FIRST[era ?? ''] ?? method))
    return { jsonrpc: '2.0', id, error: { code: -32601, message: `no ${method} here` } }
  const complete = params._meta?.[VERSION] === undefined ? {} : { resultType: 'complete' }
  const answer = (result: object) => ({ jsonrpc: '2.0', id, result: { ...complete, ...result } })
  switch (method) {
    case 'tools/call':
      return answer({ content: [{ type: 'text', text: params.arguments?.text ?? 'x'.repeat(params.arguments?.bytes ?? 0) }] })
    case 'tools/list':
      return answer({ tools: [TOOL], ...CACHE })
    case 'server/discover':
      return answer({ supportedVersions: ['2026-07-28'], capabilities: CAPABILITIES, _meta: { 'io.modelcontextprotocol/serverInfo': SERVER }, ...CACHE })
    case 'initialize':
      return answer({ protocolVersion: params.protocolVersion, capabilities: CAPABILITIES, serverInfo: SERVER })
    case 'ping':
      return answer({})
    default:
      return { jsonrpc: '2.0', id, error: { code: -32601, message: `no ${method} here` } }
  }
}
