import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ConnectionError, createJsonLines, type JsonLines, type Outcome, RpcError } from './json-lines.ts'

const LINE_BYTES_MAX = 1024 * 1024

let near: Socket
let far: Socket
let lines: JsonLines
const heard: unknown[] = []
const closed: (string | undefined)[] = []
const received: string[] = []

beforeEach(async () => {
  heard.length = closed.length = received.length = 0
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  far = await accepted
  server.close()
  far.on('error', () => {})
  far.on('data', (chunk) => received.push(String(chunk)))
  lines = createJsonLines(near, {
    lineBytesMax: LINE_BYTES_MAX,
    onNotification: (method, params) => heard.push([method, params]),
    onClose: (violation) => closed.push(violation),
  })
})
afterEach(() => {
  lines.close()
  far.destroy()
})

const ask = (): { id: number; answer: Promise<Outcome> } => {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  return { id: lines.request('m', () => ({}), resolve), answer: promise }
}
const result = (id: number, text: string) => `{"jsonrpc":"2.0","id":${id},"result":${text}}\n`

it('writes the requests of one turn in one piece', async () => {
  lines.request(
    'a',
    (id) => ({ id }),
    () => {},
  )
  lines.notify('b', { x: 1 })
  await expect.poll(() => received).toEqual(['{"jsonrpc":"2.0","id":1,"method":"a","params":{"id":1}}\n{"jsonrpc":"2.0","method":"b","params":{"x":1}}\n'])
})

it('matches answers in any order, cut anywhere, between characters of several bytes too', async () => {
  const [first, second] = [ask(), ask()]
  const bytes = Buffer.from(result(second.id, '{"resultType":"complete","text":"zwölf €"}') + result(first.id, '{"a":"ü"}'))
  for (const byte of bytes) {
    far.write(Buffer.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await second.answer).toEqual({ text: '{"resultType":"complete","text":"zwölf €"}', value: { resultType: 'complete', text: 'zwölf €' } })
  expect(await first.answer).toEqual({ text: '{"a":"ü"}', value: { a: 'ü' } })
})

it('hands a large complete result on unparsed, and parses any other', async () => {
  const [large, other] = [ask(), ask()]
  const text = `{"resultType":"complete","text":"${'x'.repeat(500_000)}"}`
  far.write(result(large.id, text) + result(other.id, `{"tools":"${'x'.repeat(100_000)}"}`))
  expect(await large.answer).toEqual({ text, value: undefined })
  expect(await other.answer).toMatchObject({ value: { tools: expect.any(String) } })
})

it('understands members in another order, errors, and drops answers nobody waits for', async () => {
  const [first, second, third] = [ask(), ask(), ask()]
  lines.forget(second.id)
  far.write(`${result(second.id, '{}')}${result(99, '{}')}{"result":{"b":1},"id":${first.id},"jsonrpc":"2.0"}\n`)
  far.write(`{"jsonrpc":"2.0","id":${third.id},"error":{"code":-32602,"message":"no","data":{"x":1}}}\n`)
  expect(await first.answer).toEqual({ text: '{"b":1}', value: { b: 1 } })
  const error = await third.answer
  expect(error).toBeInstanceOf(RpcError)
  expect(error).toMatchObject({ code: -32602, message: 'no', data: { x: 1 } })
})

it('delivers notifications before the answer they precede', async () => {
  const { id, answer } = ask()
  far.write(`{"jsonrpc":"2.0","method":"n","params":{"i":1}}\n\n${result(id, '{}')}`)
  await answer.then(() => heard.push('answer'))
  expect(heard).toEqual([['n', { i: 1 }], 'answer'])
})

it.each([
  ['a line that is not JSON', 'nonsense\n'],
  ['a result that is not JSON', '{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete"},"id":2}\n'],
  ['a result that is not an object', result(1, '[1]')],
  ['a line without an end', 'x'.repeat(LINE_BYTES_MAX + 70_000)],
  ['an answer without result and error', '{"jsonrpc":"2.0","id":1}\n'],
])('closes the connection after %s, once, and says why', async (_, text) => {
  const { answer } = ask()
  far.write(text)
  expect(await answer).toBeInstanceOf(ConnectionError)
  expect(closed).toEqual([expect.any(String)])
  expect(await ask().answer).toMatchObject({ reason: 'closed' })
})

it('ends what is under way when the peer closes', async () => {
  const { answer } = ask()
  far.end()
  expect(await answer).toMatchObject({ reason: 'closed' })
  expect(closed).toEqual([undefined])
})

it('refuses requests when too much waits for a peer that does not read, and goes on when it reads', async () => {
  far.pause()
  const text = 'x'.repeat(8 * 1024 * 1024)
  const outcomes: Outcome[] = []
  for (let i = 0; i < 30; i++) {
    lines.request(
      'm',
      () => ({ text }),
      (outcome) => outcomes.push(outcome),
    )
    await new Promise((resolve) => setImmediate(resolve))
  }
  await expect.poll(() => outcomes).toContainEqual(expect.objectContaining({ reason: 'full' }))
  far.resume()
  far.once('data', () => {})
  const { id, answer } = await new Promise<ReturnType<typeof ask>>((resolve) => {
    const attempt = () => (near.writableLength === 0 ? resolve(ask()) : setTimeout(attempt, 10))
    attempt()
  })
  far.write(result(id, '{}'))
  expect(await answer).toMatchObject({ text: '{}' })
})
