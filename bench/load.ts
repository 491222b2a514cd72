/**
 * The load program: its own process, raw keep-alive sockets, precomputed request bytes, one request at a time on each
 * connection (closed loop). Reads a {@link LoadSpec} from stdin, prints a {@link LoadResult}.
 */
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

export interface LoadSpec {
  readonly port: number
  readonly warmupMs: number
  readonly measureMs: number
  /** One whole HTTP request per connection, as text. */
  readonly requests: readonly string[]
  /** Every connection's first answer must contain this. */
  readonly expect: string
}

export interface LoadResult {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly requests: number
  readonly requestsWithWarmup: number
  /** Share of one core this program used while measuring: near 1, it is the bottleneck itself. */
  readonly loadCores: number
}

/** Latencies in buckets of 10 microseconds, the last one for everything over a second. */
class Histogram {
  readonly #buckets = new Uint32Array(100_001)
  count = 0

  add(ms: number): void {
    const bucket = Math.min(Math.floor(ms * 100), 100_000)
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.count++
  }

  reset(): void {
    this.#buckets.fill(0)
    this.count = 0
  }

  quantileMs(share: number): number {
    let left = this.count * share
    for (const [bucket, count] of this.#buckets.entries()) {
      left -= count
      if (left <= 0) return bucket / 100
    }
    return 1000
  }
}

const HEAD_END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/** Length of the complete answer at the start of `buffer`, or 0 when more must come. */
function answerLength(buffer: Buffer): number {
  const head = buffer.indexOf(HEAD_END)
  if (head < 0) return 0
  const headers = buffer.toString('latin1', 0, head)
  const declared = /\r\ncontent-length: *(\d+)/i.exec(headers)
  if (declared !== null) {
    const length = head + 4 + Number(declared[1])
    return buffer.length >= length ? length : 0
  }
  // Chunked: with one request at a time, the last chunk ends the buffer.
  return buffer.length > head + 4 && buffer.subarray(-5).equals(LAST_CHUNK) ? buffer.length : 0
}

function drive(port: number, request: Buffer, expect: string, latencies: Histogram, fail: (error: Error) => void): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let pending: Buffer | undefined
  let sentAt = 0
  let checked = false
  const send = () => {
    sentAt = performance.now()
    socket.write(request)
  }
  socket.once('connect', send)
  socket.on('data', (chunk: Buffer) => {
    const buffer = pending === undefined ? chunk : Buffer.concat([pending, chunk])
    if (answerLength(buffer) === 0) {
      pending = buffer
      return
    }
    pending = undefined
    latencies.add(performance.now() - sentAt)
    if (buffer.toString('latin1', 9, 12) !== '200' || (!checked && !buffer.includes(expect)))
      fail(new Error(`unexpected answer: ${buffer.toString('utf8', 0, 2000)}`))
    checked = true
    send()
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the connection was closed')))
  return socket
}

async function run(spec: LoadSpec): Promise<LoadResult> {
  const latencies = new Histogram()
  const failed = Promise.withResolvers<never>()
  const sockets = spec.requests.map((request) => drive(spec.port, Buffer.from(request), spec.expect, latencies, failed.reject))
  const pause = (ms: number) => Promise.race([failed.promise, new Promise((done) => setTimeout(done, ms))])
  try {
    await pause(spec.warmupMs)
    const warmup = latencies.count
    latencies.reset()
    const begin = performance.now()
    const cpu = process.cpuUsage()
    await pause(spec.measureMs)
    const seconds = (performance.now() - begin) / 1000
    const { user, system } = process.cpuUsage(cpu)
    return {
      requestsPerSecond: Math.round(latencies.count / seconds),
      p50Ms: latencies.quantileMs(0.5),
      p99Ms: latencies.quantileMs(0.99),
      requests: latencies.count,
      requestsWithWarmup: warmup + latencies.count,
      loadCores: Math.round((user + system) / seconds / 10_000) / 100,
    }
  } finally {
    failed.promise.catch(() => undefined) // Sockets that close from here on are closed by us.
    for (const socket of sockets) socket.destroy()
  }
}

console.log(JSON.stringify(await run(JSON.parse(await text(process.stdin)) as LoadSpec)))
