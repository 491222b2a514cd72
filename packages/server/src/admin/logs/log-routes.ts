import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { LINE_LEVELS, type LogFiles, type LogFilter, type LogLine } from '../../telemetry/logs.types.ts'
import { check } from '../input.ts'
import type { LiveStreams } from '../live-streams.ts'
import { sendEvents } from '../send-events.ts'
import { isoOf, WINDOW, windowOf } from '../time-window.ts'

/** What the routes of the log act on. */
export interface LogAdminDeps {
  readonly config: Pick<Config, 'keepAliveSeconds'>
  readonly logFiles: LogFiles
  /** Tells of every line that matches from now on. Returns the function that ends it. */
  readonly followLog: (filter: LogFilter, listener: (line: LogLine) => void) => () => void
  readonly liveStreams: LiveStreams
}

const WORD = z.string().min(1).max(1024)
const LINE_FILTER = {
  level: z.enum(LINE_LEVELS).optional().describe('at least as severe as this'),
  namespace: WORD.optional(),
  tool: WORD.optional(),
  requestId: WORD.optional(),
  search: WORD.optional().describe('part of the line, whatever the case'),
}
const NOTHING = z.strictObject({})
const LIST_QUERY = z.strictObject({
  ...WINDOW,
  ...LINE_FILTER,
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}\.\d{1,15}$/, 'is no cursor of the log')
    .optional(),
})
const HISTOGRAM_QUERY = z.strictObject({ ...WINDOW, ...LINE_FILTER, buckets: z.coerce.number().int().min(1).max(300).default(60) })
const STREAM_QUERY = z.strictObject(LINE_FILTER)
const DAY = z.strictObject({ day: z.iso.date() })

const LINE = z
  .strictObject({
    id: z.string(),
    at: z.string(),
    level: z.enum(LINE_LEVELS),
    message: z.string(),
    namespace: z.string().exactOptional(),
    tool: z.string().exactOptional(),
    requestId: z.string().exactOptional(),
    fields: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'LogLine' }) satisfies z.ZodType<LogLine>
const LINES = z.strictObject({ lines: z.array(LINE), nextCursor: z.string().nullable() })
const HISTOGRAM = z.strictObject({
  buckets: z.array(z.strictObject({ from: z.string(), to: z.string(), lines: z.number(), warnings: z.number(), errors: z.number() }).meta({ id: 'LogBucket' })),
  /** False: there was more to read than one answer may; the oldest lines are not counted. */
  complete: z.boolean(),
})
const DAYS = z.strictObject({ days: z.array(z.strictObject({ day: z.string(), bytes: z.number() })) })

/** The log of the gateway, with what tools and servers write to it. */
export function registerLogRoutes(app: FastifyInstance, { config, logFiles, followLog, liveStreams }: LogAdminDeps): void {
  app.get(
    '/api/logs',
    {
      config: {
        api: { summary: 'Lines of the log, newest first; a page may be short while nextCursor says there is more', query: LIST_QUERY, response: LINES },
      },
    },
    async ({ query }) => {
      const { limit, cursor, from, to, ...filter } = check(LIST_QUERY, query, 'query')
      return logFiles.search({ fromMs: from, toMs: to, ...filter }, { cursor, limit })
    },
  )

  app.get(
    '/api/logs/histogram',
    { config: { api: { summary: 'How many lines were written, over time', query: HISTOGRAM_QUERY, response: HISTOGRAM } } },
    async ({ query }) => {
      const { buckets, from, to, ...filter } = check(HISTOGRAM_QUERY, query, 'query')
      const counted = await logFiles.histogram({ ...filter, ...windowOf({ from, to }) }, buckets)
      return { ...counted, buckets: counted.buckets.map(({ fromMs, toMs, ...counts }) => ({ from: isoOf(fromMs), to: isoOf(toMs), ...counts })) }
    },
  )

  app.get(
    '/api/logs/stream',
    { config: { api: { summary: 'Lines of the log as they are written, as server-sent events', query: STREAM_QUERY, contentType: 'text/event-stream' } } },
    async ({ query }, reply) => {
      const filter = check(STREAM_QUERY, query, 'query')
      return sendEvents(reply, liveStreams, config, (send) => followLog(filter, (line) => send('line', line)))
    },
  )

  app.get('/api/logs/days', { config: { api: { summary: 'The days of the log, newest first', query: NOTHING, response: DAYS } } }, async ({ query }) => {
    check(NOTHING, query, 'query')
    return { days: await logFiles.days() }
  })

  app.get(
    '/api/logs/days/:day',
    { config: { api: { summary: 'The log of one day, a JSON object on each line', query: NOTHING, contentType: 'application/jsonl' } } },
    async ({ params, query }, reply) => {
      check(NOTHING, query, 'query')
      const { day } = check(DAY, params, 'path')
      const file = await logFiles.open(day)
      if (file === undefined) throw new ToolDockError('not_found', `There is no log of ${day}.`)
      reply.header('content-type', 'application/jsonl').header('content-disposition', `attachment; filename="tooldock-${day}.jsonl"`)
      return reply.header('cache-control', 'no-store').send(file)
    },
  )
}
