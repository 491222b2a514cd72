/** An MCP server over Streamable HTTP of the least work: bare node:http, JSON answers, no sessions. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerOf, type UpstreamMessage } from './upstream-answer.ts'

const server = createServer((request, response) => {
  if (request.method !== 'POST') {
    response.writeHead(405).end()
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const answer = answerOf(JSON.parse(Buffer.concat(chunks).toString()) as UpstreamMessage, process.argv[2])
    if (answer === undefined) {
      response.writeHead(202).end()
      return
    }
    const body = JSON.stringify(answer)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
