import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll } from 'vitest'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { describeSuite } from './describe-suite.ts'

let gateway: Gateway
let sender: Server
beforeAll(async () => {
  const folder = `${import.meta.dirname}/namespace`
  gateway = await startGateway({ namespaces: { conformance: folder, hidden: folder } })
  const made = await gateway.http('/api/keys', { body: { name: 'conformance', role: 'caller', namespaces: ['conformance'] } })
  sender = sendWith(made.json.secret, gateway.port).listen(0, '127.0.0.1')
  await once(sender, 'listening')
}, 60_000)
afterAll(async () => {
  sender?.closeAllConnections()
  sender?.close()
  await gateway?.dispose()
})

/** The suite sends no token: whatever it asks for here is passed on with the key. */
function sendWith(key: string, port: number): Server {
  return createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${key}` }
    const { method, url: path } = incoming
    const passed = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      outgoing.flushHeaders()
      answer.pipe(outgoing)
      answer.once('error', () => outgoing.destroy())
    })
    passed.once('error', () => outgoing.destroy())
    outgoing.once('close', () => passed.destroy())
    incoming.pipe(passed)
  })
}

describeSuite('revision 2026-07-28, for a key that sees one namespace', {
  url: () => `http://127.0.0.1:${(sender.address() as AddressInfo).port}/conformance/mcp`,
  revision: '2026-07-28',
  unscored: {},
  expectedFailures: [
    {
      scenario: 'dns-rebinding-protection',
      checks: ['localhost-host-rebinding-rejected'],
      reason: 'The names of a gateway with keys are its own business: a page that rebinds one has no key to send.',
    },
  ],
})
