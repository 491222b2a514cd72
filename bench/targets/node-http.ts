/** The floor: what node:http needs to read a JSON-RPC call, parse it, and answer it as JSON. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const call = JSON.parse(Buffer.concat(chunks).toString()) as { id: number; params: { arguments: { text: string } } }
    const result = { content: [{ type: 'text', text: call.params.arguments.text }] }
    const body = JSON.stringify({ jsonrpc: '2.0', id: call.id, result })
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
