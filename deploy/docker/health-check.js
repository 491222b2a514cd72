// The health check of the container: ends with 0 when the gateway, and every listener it has, says that it is ready.
import { get as getPlain } from 'node:http'
import { get as getTls } from 'node:https'

const ANSWER_MS_MAX = 5000
const { ADMIN_PORT, PORT, SSL_CERT_PATH } = process.env
const address = { host: '127.0.0.1', port: ADMIN_PORT || PORT || 13000, path: '/health/ready', timeout: ANSWER_MS_MAX }
// Its certificate is made for the name that clients know.
const request = SSL_CERT_PATH ? getTls({ ...address, rejectUnauthorized: false }) : getPlain(address)

request.on('response', (response) => {
  response.resume()
  process.exitCode = response.statusCode === 200 ? 0 : 1
})
request.on('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_MS_MAX} ms`)))
request.on('error', ({ message }) => {
  console.error(message)
  process.exitCode = 1
})
