/** The floor for an upstream over HTTP: every request passed on with undici's dispatch, nothing looked at. The argument is the port to pass to. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

const CONNECTIONS_MAX = 64
const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: CONNECTIONS_MAX })

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const headers = { 'content-type': 'application/json', accept: request.headers.accept ?? '*/*' }
    const { method = 'POST', url = '/' } = request
    pool.dispatch(
      { method: method as 'POST', path: url, headers, body: Buffer.concat(chunks) },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, { 'content-type': type, 'content-length': length }) {
          response.writeHead(status, { 'content-type': String(type), ...(length !== undefined && { 'content-length': String(length) }) })
        },
        onResponseData(_controller, chunk) {
          response.write(chunk)
        },
        onResponseEnd() {
          response.end()
        },
        onResponseError(_controller, error) {
          response.destroy(error)
        },
      },
    )
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
