import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { canSee, hasRole, type Principal } from '../../kernel/principal.ts'
import type { CallEntry, CallFilter, CallStore } from '../../telemetry/calls.types.ts'
import { check } from '../input.ts'
import { isoOf, WINDOW, windowOf } from '../time-window.ts'

/** What the routes of calls act on. */
export interface CallAdminDeps {
  readonly calls: Pick<CallStore, 'list' | 'find' | 'histogram'>
}

const ID = z.string().regex(/^\d{1,16}$/, 'is no id of a call')
const WORD = z.string().min(1).max(1024)
const FILTER = {
  ...WINDOW,
  namespace: WORD.optional(),
  tool: WORD.optional(),
  method: WORD.optional(),
  outcome: WORD.optional().describe('ok, error (every failure) or one code'),
  protocol: z.enum(['mcp', 'rest']).optional(),
  era: z.enum(['modern', 'legacy', 'none']).optional(),
  principal: WORD.optional(),
  requestId: WORD.optional(),
  search: WORD.optional().describe('part of a name, client or request id, whatever the case'),
}
const NOTHING = z.strictObject({})
const LIST_QUERY = z.strictObject({ ...FILTER, limit: z.coerce.number().int().min(1).max(500).default(100), cursor: ID.optional() })
const HISTOGRAM_QUERY = z.strictObject({ ...FILTER, buckets: z.coerce.number().int().min(1).max(300).default(60) })

const CALL = z
  .strictObject({
    id: z.string(),
    at: z.string(),
    namespace: z.string(),
    method: z.string(),
    name: z.string(),
    protocol: z.enum(['mcp', 'rest']),
    era: z.enum(['modern', 'legacy', 'none']),
    principal: z.string(),
    durationMs: z.number(),
    outcome: z.string(),
    requestBytes: z.number(),
    resultBytes: z.number(),
    requestId: z.string(),
    client: z.string().exactOptional(),
    arguments: z.unknown().optional(),
  })
  .meta({ id: 'Call' }) satisfies z.ZodType<CallEntry>
const CALLS = z.strictObject({ calls: z.array(CALL), nextCursor: z.string().nullable() })
const HISTOGRAM = z.strictObject({
  buckets: z.array(z.strictObject({ from: z.string(), to: z.string(), ok: z.number(), errors: z.number() }).meta({ id: 'CallBucket' })),
})

/** In summaries of what others than administrators may ask. */
const OWN_ONLY = "; of other keys than an administrator's, their own"

/** The calls that ended: of tools, prompts, resources and completions. */
export function registerCallRoutes(app: FastifyInstance, { calls }: CallAdminDeps): void {
  app.get(
    '/api/calls',
    { config: { api: { summary: `Finished calls, newest first${OWN_ONLY}`, role: 'caller', query: LIST_QUERY, response: CALLS } } },
    async ({ query, principal }) => {
      const { limit, cursor, ...filter } = check(LIST_QUERY, query, 'query')
      const found = await calls.list(filterOf(filter, principal), { before: cursor, limit })
      return { calls: found.filter((call) => maySee(principal, call)), nextCursor: found.length < limit ? null : (found.at(-1)?.id ?? null) }
    },
  )

  app.get(
    '/api/calls/histogram',
    {
      config: {
        api: {
          summary: `How many calls ended well and how many failed, over time${OWN_ONLY}`,
          role: 'caller',
          query: HISTOGRAM_QUERY,
          response: HISTOGRAM,
        },
      },
    },
    async ({ query, principal }) => {
      const { buckets, ...filter } = check(HISTOGRAM_QUERY, query, 'query')
      const counted = await calls.histogram({ ...filterOf(filter, principal), ...windowOf(filter) }, buckets)
      return { buckets: counted.map(({ fromMs, toMs, ok, errors }) => ({ from: isoOf(fromMs), to: isoOf(toMs), ok, errors })) }
    },
  )

  app.get('/api/calls/:id', { config: { api: { summary: 'One finished call', role: 'caller', query: NOTHING, response: CALL } } }, async (request) => {
    check(NOTHING, request.query, 'query')
    const { id } = check(z.strictObject({ id: ID }), request.params, 'path')
    const call = await calls.find(id)
    if (call === undefined || !maySee(request.principal, call))
      throw new ToolDockError('not_found', `There is no call ${id}; the oldest are deleted after CALL_LOG_RETENTION_DAYS.`)
    return call
  })
}

/** Others than administrators ask for their own calls, whatever they ask for. */
function filterOf({ from, to, ...members }: Omit<z.infer<typeof LIST_QUERY>, 'limit' | 'cursor'>, caller: Principal): CallFilter {
  return { fromMs: from, toMs: to, ...members, ...(hasRole(caller, 'admin') ? {} : { principal: caller.id }) }
}

/** What others call, and how they are called, is theirs; and what a key no longer sees is not there any more. */
function maySee(caller: Principal, { principal, namespace, method, name }: CallEntry): boolean {
  return hasRole(caller, 'admin') || (principal === caller.id && canSee(caller, namespace, method === 'tools/call' ? name : undefined))
}
