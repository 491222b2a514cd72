import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PrefixProxy {
  /** Ends in the prefix, without a slash after it. */
  readonly url: string
  close(): void
}

/** A proxy as teams have one, which serves the gateway below a path of its own and says so. */
export async function startPrefixProxy(gatewayUrl: string, prefix: string): Promise<PrefixProxy> {
  const server = createServer((incoming, outgoing) => {
    const { url = '/', method, headers } = incoming
    if (!url.startsWith(`${prefix}/`)) return void outgoing.writeHead(404).end('Nothing of the gateway.')
    const forwarded = { 'x-forwarded-host': headers.host ?? '', 'x-forwarded-proto': 'http', 'x-forwarded-prefix': prefix }
    const onward = request(new URL(url.slice(prefix.length), gatewayUrl), { method, headers: { ...headers, ...forwarded } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
