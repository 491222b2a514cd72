import { connect } from 'node:net'

export interface RawAnswer {
  /** Undefined: the connection ended, or nothing came in time. */
  readonly status: number | undefined
  readonly type: string
  readonly body: string
  readonly timedOut: boolean
}

const ANSWER_MS = 120_000
/** How long bytes that may be half a request wait for their answer before the connection is given up. */
const HALF_MS = 300

/**
 * Writes these bytes to a connection of their own and reads the answer. Event streams are cut after their head.
 * @param mayBeHalf the server may rightly wait for more
 */
export function sendRaw(port: number, bytes: Buffer, mayBeHalf: boolean): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    const timer = setTimeout(() => finish(!mayBeHalf), mayBeHalf ? HALF_MS : ANSWER_MS)
    const finish = (timedOut: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ ...parse(Buffer.concat(chunks).toString('latin1')), timedOut })
    }
    // The gateway may close before it has read everything; what it answered has been read by then.
    socket.on('error', () => {})
    socket.on('close', () => finish(false))
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('latin1')
      if (/^content-type: text\/event-stream/im.test(text) && text.includes('\r\n\r\n')) finish(false)
    })
    socket.write(bytes)
  })
}

function parse(text: string): Omit<RawAnswer, 'timedOut'> {
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(text) ?? []
  const split = text.indexOf('\r\n\r\n')
  const head = text.slice(0, split)
  // What follows is the answer to whatever followed the request.
  const body = text.slice(split + 4).slice(0, Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? Number.MAX_SAFE_INTEGER))
  const isChunked = /^transfer-encoding: chunked/im.test(head)
  return {
    status: status === undefined ? undefined : Number(status),
    type: /^content-type: ([^;\r]*)/im.exec(head)?.[1] ?? '',
    body: Buffer.from(isChunked ? dechunk(body) : body, 'latin1').toString('utf8'),
  }
}

function dechunk(body: string): string {
  let text = ''
  for (let rest = body; rest !== ''; ) {
    const [line, size] = /^([0-9a-f]+)\r\n/i.exec(rest) ?? []
    if (line === undefined || size === undefined || size === '0') break
    const length = Number.parseInt(size, 16)
    text += rest.slice(line.length, line.length + length)
    rest = rest.slice(line.length + length + 2)
  }
  return text
}
