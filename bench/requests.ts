/** The bytes of one HTTP request for each way to call the same tool. */

const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

function httpRequest(path: string, headers: Readonly<Record<string, string>>, body: unknown): string {
  const text = JSON.stringify(body)
  const lines = Object.entries({ host: '127.0.0.1', 'content-type': 'application/json', ...headers, 'content-length': String(Buffer.byteLength(text)) })
  return `POST ${path} HTTP/1.1\r\n${lines.map(([key, value]) => `${key}: ${value}\r\n`).join('')}\r\n${text}`
}

const ACCEPT = { accept: 'application/json, text/event-stream' }
const bearer = (token: string | undefined): Record<string, string> => (token === undefined ? {} : { authorization: `Bearer ${token}` })

export function modernRequest(path: string, token: string | undefined, method: string, params: Readonly<Record<string, unknown>>): string {
  const name = params.name
  const headers = {
    ...ACCEPT,
    ...bearer(token),
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
  }
  return httpRequest(path, headers, { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: MODERN_META } })
}

export function legacyRequest(
  path: string,
  token: string | undefined,
  session: string | undefined,
  method: string,
  params: Readonly<Record<string, unknown>>,
): string {
  const headers = { ...ACCEPT, ...bearer(token), 'mcp-protocol-version': '2025-11-25', ...(session === undefined ? {} : { 'mcp-session-id': session }) }
  return httpRequest(path, headers, { jsonrpc: '2.0', id: 1, method, params })
}

export function restRequest(path: string, token: string, body: unknown): string {
  return httpRequest(path, { accept: 'application/json', ...bearer(token) }, body)
}
