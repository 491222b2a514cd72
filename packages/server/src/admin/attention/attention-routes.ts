import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { canSee, hasRole, type Principal } from '../../kernel/principal.ts'
import { check } from '../input.ts'
import type { AttentionItem, AttentionSource } from './attention.types.ts'

const NOTHING = z.strictObject({})
const ITEM = z
  .strictObject({
    id: z.string(),
    severity: z.enum(['error', 'warning']),
    title: z.string(),
    detail: z.string(),
    since: z.iso.datetime().nullable(),
    subject: z.strictObject({ kind: z.enum(['namespace', 'server', 'bundle', 'disk', 'secret', 'key', 'setting']), name: z.string() }),
    action: z.strictObject({ label: z.string(), href: z.string() }).exactOptional(),
  })
  .meta({ id: 'AttentionItem' }) satisfies z.ZodType<AttentionItem>
const ATTENTION_RESPONSE = z.strictObject({ items: z.array(ITEM).describe('The worst first') })

/** What needs a person. */
export function registerAttentionRoutes(app: FastifyInstance, sources: readonly AttentionSource[]): void {
  app.get(
    '/api/attention',
    { config: { api: { summary: 'What needs a person, the worst first', role: 'caller', query: NOTHING, response: ATTENTION_RESPONSE } } },
    async ({ query, principal }) => {
      check(NOTHING, query, 'query')
      const items = (await Promise.all(sources.map((source) => source()))).flat().filter((item) => concerns(item, principal))
      return { items: [...items.filter(isError), ...items.filter((item) => !isError(item))] }
    },
  )
}

const isError = ({ severity }: AttentionItem): boolean => severity === 'error'

/** What is of no namespace is the business of administrators. */
function concerns({ subject: { kind, name } }: AttentionItem, principal: Principal): boolean {
  return kind === 'namespace' || kind === 'server' || kind === 'bundle' ? canSee(principal, name) : hasRole(principal, 'admin')
}
