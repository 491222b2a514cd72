import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { encodeHeaderValue, type Message } from '../system/mcp-http.ts'

/** Shows one namespace of an address of many as if it were alone there. */
export interface RenameShim {
  readonly url: string
  stop(): Promise<void>
}

/**
 * The official suite calls fixed names. In front of a bundle this adds a namespace's prefix to the names and URIs of requests, and takes it
 * from those of answers. All else passes as it is, Host and Origin too: they are the gateway's to judge.
 */
export async function startRenameShim(target: string, namespace: string): Promise<RenameShim> {
  const listener = createServer((incoming, outgoing) => {
    pass(incoming, outgoing, new URL(target), namespace).catch(() => outgoing.destroy())
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp`,
    async stop() {
      listener.close()
      listener.closeAllConnections()
      await once(listener, 'close')
    },
  }
}

async function pass(incoming: IncomingMessage, outgoing: ServerResponse, target: URL, namespace: string): Promise<void> {
  const { body, from, to } = prefixed(await text(incoming), namespace)
  const headers = { ...incoming.headers }
  // Where it says something else than the body, that is what the scenario is about.
  if (from !== undefined && headers['mcp-name'] === encodeHeaderValue(from)) headers['mcp-name'] = encodeHeaderValue(to ?? '')
  if (body !== '') headers['content-length'] = String(Buffer.byteLength(body))
  const upstream = request({ host: target.hostname, port: target.port, path: target.pathname, method: incoming.method, headers })
  outgoing.on('close', () => upstream.destroy())
  upstream.end(body)
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage]
  const { 'content-length': _length, 'transfer-encoding': _encoding, ...answered } = answer.headers
  outgoing.writeHead(answer.statusCode ?? 502, answered)
  outgoing.flushHeaders()
  if (!answer.headers['content-type']?.startsWith('text/event-stream')) {
    outgoing.end(stripped(await text(answer), namespace))
    return
  }
  for await (const line of createInterface({ input: answer }))
    outgoing.write(line.startsWith('data: {') ? `data: ${stripped(line.slice(6), namespace)}\n` : `${line}\n`)
  outgoing.end()
}

/** `from`, `to`: what the header Mcp-Name repeats, before and now. */
function prefixed(body: string, namespace: string): { readonly body: string; readonly from?: string; readonly to?: string } {
  const message = parsed(body)
  const { params } = message
  if (params === undefined) return { body }
  const from = params.name ?? params.uri
  for (const holder of [params, params.ref ?? {}] as readonly Message[]) {
    if (typeof holder.name === 'string') holder.name = `${namespace}__${holder.name}`
    if (typeof holder.uri === 'string') holder.uri = `tooldock://${namespace}/${holder.uri}`
  }
  const watched = params.notifications?.resourceSubscriptions
  if (Array.isArray(watched)) params.notifications.resourceSubscriptions = watched.map((uri) => `tooldock://${namespace}/${uri}`)
  return { body: JSON.stringify(message), from, to: params.name ?? params.uri }
}

/** Without what is not this namespace's. */
function stripped(answer: string, namespace: string): string {
  const message = parsed(answer)
  if (Object.keys(message).length === 0) return answer
  const { result } = message
  const prefix = `${namespace}__`
  for (const list of ['tools', 'prompts', 'resources', 'resourceTemplates'])
    if (Array.isArray(result?.[list]))
      result[list] = result[list].flatMap((entry: Message) => (entry.name.startsWith(prefix) ? [{ ...entry, name: entry.name.slice(prefix.length) }] : []))
  return JSON.stringify(message).replaceAll(`tooldock://${namespace}/`, '')
}

function parsed(json: string): Message {
  try {
    return JSON.parse(json)
  } catch {
    return {} // some scenarios send what is not JSON, and an answer may be empty
  }
}
