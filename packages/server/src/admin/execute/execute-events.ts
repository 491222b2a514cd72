import { z } from 'zod'

/** What `/api/execute` tells while a call runs, one event of the stream each. */

const object = z.record(z.string(), z.unknown())
const headers = z.record(z.string(), z.string())
/** Since the execution began. */
const atMs = z.number()

const REQUEST = z.strictObject({
  method: z.string(),
  url: z.string(),
  /** The token is masked. */
  headers,
  /** As it was sent; empty: none. */
  body: z.string(),
})

const STARTED = z.strictObject({
  type: z.literal('started'),
  /** For `/api/execute/{id}` and `/answer`. */
  id: z.string(),
  /** Of the call itself: finds it among the calls and in the log. */
  requestId: z.string(),
})

/** One message of the wire, in the order in which they crossed it. */
const MESSAGE = z.strictObject({
  type: z.literal('message'),
  direction: z.enum(['sent', 'received']),
  atMs,
  /** The text as it was sent or received: JSON, or the data of one event. The beginning of one that is very long. */
  message: z.string(),
  /** Of the whole message. */
  bytes: z.number(),
  /** `POST`, `GET` or `DELETE` for what was sent. */
  method: z.string().exactOptional(),
  /** With the first message of each request or answer. */
  headers: headers.exactOptional(),
  /** Of the answer, with its first message. */
  status: z.number().exactOptional(),
})

const PROGRESS = z.strictObject({
  type: z.literal('progress'),
  atMs,
  progress: z.number(),
  total: z.number().exactOptional(),
  message: z.string().exactOptional(),
})

const LOG = z.strictObject({ type: z.literal('log'), atMs, level: z.string(), logger: z.string().exactOptional(), data: z.unknown() })

/** The call waits for `/api/execute/{id}/answer`. */
const INPUT_REQUIRED = z.strictObject({
  type: z.literal('input_required'),
  atMs,
  inputRequests: z.record(z.string(), z.strictObject({ method: z.string(), params: object.exactOptional() })),
})

const FINISHED = z.strictObject({
  type: z.literal('finished'),
  /** Of the answer that held the result; null: there was none. */
  status: z.number().nullable(),
  headers,
  /** MCP: the result of `tools/call`. REST: the body. */
  result: z.unknown().exactOptional(),
  /** The error as it came (JSON-RPC or REST), or what kept the call from an answer. */
  error: z.strictObject({ code: z.union([z.string(), z.number()]), message: z.string(), data: z.unknown().exactOptional() }).exactOptional(),
  /** The call failed: an error came, or a result that says so. */
  isError: z.boolean(),
  timing: z.strictObject({ totalMs: z.number(), firstByteMs: z.number().nullable() }),
  /** The request that was answered with the result. */
  request: REQUEST.nullable(),
})

export const EXECUTE_EVENT = z.discriminatedUnion('type', [STARTED, MESSAGE, PROGRESS, LOG, INPUT_REQUIRED, FINISHED]).meta({ id: 'ExecuteEvent' })

export type ExecuteEvent = z.infer<typeof EXECUTE_EVENT>
export type SentRequest = z.infer<typeof REQUEST>
