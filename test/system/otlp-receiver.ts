import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  /** Empty: it is the first of its trace. */
  readonly parentId: string
  readonly name: string
  /** 2: server, 3: client. */
  readonly kind: number
  readonly attributes: Readonly<Record<string, string>>
  readonly isError: boolean
  readonly resource: Readonly<Record<string, string>>
}

/** A receiver of traces: OTLP over HTTP, in protobuf, as any collector takes it. */
export interface OtlpReceiver {
  readonly url: string
  readonly spans: readonly ReceivedSpan[]
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  /** What it answers from now on. */
  status: number
  close(): Promise<void>
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const requests: { path: string; headers: IncomingHttpHeaders }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    requests.push({ path: request.url ?? '', headers: request.headers })
    if (receiver.status === 200) spans.push(...decodeSpans(Buffer.concat(chunks)))
    response.writeHead(receiver.status, { 'content-type': 'application/x-protobuf' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    status: 200,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}

/** opentelemetry/proto/collector/trace/v1: ExportTraceServiceRequest → ResourceSpans → ScopeSpans → Span. */
function decodeSpans(body: Buffer): ReceivedSpan[] {
  return all(fieldsOf(body), 1).flatMap((resourceSpans) => {
    const members = fieldsOf(resourceSpans)
    const resource = attributesOf(all(fieldsOf(first(members, 1)), 1))
    return all(members, 2).flatMap((scopeSpans) => all(fieldsOf(scopeSpans), 2).map((span) => decodeSpan(span, resource)))
  })
}

function decodeSpan(bytes: Buffer, resource: Readonly<Record<string, string>>): ReceivedSpan {
  const members = fieldsOf(bytes)
  return {
    traceId: first(members, 1).toString('hex'),
    spanId: first(members, 2).toString('hex'),
    parentId: first(members, 4).toString('hex'),
    name: first(members, 5).toString(),
    kind: Number(members.get(6)?.[0] ?? 0),
    attributes: attributesOf(all(members, 9)),
    isError: Number(fieldsOf(first(members, 15)).get(3)?.[0] ?? 0) === 2,
    resource,
  }
}

/** KeyValue { key = 1, value = 2 }, AnyValue { string_value = 1, … }; other values than strings are not looked at. */
function attributesOf(pairs: readonly Buffer[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const members = fieldsOf(pair)
      return [first(members, 1).toString(), first(fieldsOf(first(members, 2)), 1).toString()]
    }),
  )
}

type Fields = ReadonlyMap<number, readonly (Buffer | bigint)[]>

const all = (fields: Fields, number: number): Buffer[] => (fields.get(number) ?? []).filter((value) => Buffer.isBuffer(value))
const first = (fields: Fields, number: number): Buffer => all(fields, number)[0] ?? Buffer.alloc(0)

/** The wire format of protobuf: a number and a type, then a varint, eight bytes, four bytes, or a length and so many bytes. */
function fieldsOf(bytes: Buffer): Fields {
  const fields = new Map<number, (Buffer | bigint)[]>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (length: number): Buffer => bytes.subarray(at, (at += length))
  while (at < bytes.length) {
    const tag = Number(varint())
    const type = tag & 7
    const value = type === 0 ? varint() : take(type === 1 ? 8 : type === 5 ? 4 : Number(varint()))
    const known = fields.get(tag >> 3)
    if (known === undefined) fields.set(tag >> 3, [value])
    else known.push(value)
  }
  return fields
}
