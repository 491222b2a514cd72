import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { canSee, hasRole, type Principal } from '../../kernel/principal.ts'
import { check } from '../input.ts'
import type { Attention } from './attention.ts'
import { ATTENTION_KINDS, ATTENTION_SUBJECTS, type AttentionItem } from './attention.types.ts'

const NOTHING = z.strictObject({})
export const ATTENTION_ITEM = z
  .strictObject({
    id: z.string(),
    kind: z.enum(ATTENTION_KINDS),
    severity: z.enum(['error', 'warning']),
    title: z.string(),
    detail: z.string(),
    since: z.iso.datetime().nullable(),
    subject: z.strictObject({ kind: z.enum(ATTENTION_SUBJECTS), name: z.string() }),
    action: z.strictObject({ label: z.string(), href: z.string() }).exactOptional(),
  })
  .meta({ id: 'AttentionItem' }) satisfies z.ZodType<AttentionItem>
const ATTENTION_RESPONSE = z.strictObject({ items: z.array(ATTENTION_ITEM).describe('The worst first') })

/** What needs a person. */
export function registerAttentionRoutes(app: FastifyInstance, attention: Pick<Attention, 'list'>): void {
  app.get(
    '/api/attention',
    { config: { api: { summary: 'What needs a person, the worst first', role: 'caller', query: NOTHING, response: ATTENTION_RESPONSE } } },
    async ({ query, principal }) => {
      check(NOTHING, query, 'query')
      return { items: (await attention.list()).filter((item) => concerns(item, principal)) }
    },
  )
}

/** What is of no namespace is the business of administrators. */
function concerns({ subject: { kind, name } }: AttentionItem, principal: Principal): boolean {
  return kind === 'namespace' || kind === 'server' || kind === 'bundle' ? canSee(principal, name) : hasRole(principal, 'admin')
}
