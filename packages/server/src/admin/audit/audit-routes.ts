import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AuditEntry, AuditStore } from '../../telemetry/audit.types.ts'
import { check } from '../input.ts'
import { WINDOW } from '../time-window.ts'

/** What the route of the audit log acts on. */
export interface AuditAdminDeps {
  readonly auditEntries: Pick<AuditStore, 'list'>
}

const WORD = z.string().min(1).max(1024)
const LIST_QUERY = z.strictObject({
  ...WINDOW,
  principal: WORD.optional(),
  action: WORD.optional(),
  search: WORD.optional().describe('part of an action, subject or request id, whatever the case'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,16}$/, 'is no cursor of the audit log')
    .optional(),
})
const ENTRY = z
  .strictObject({
    id: z.string(),
    at: z.string(),
    principal: z.string(),
    action: z.string(),
    subject: z.string(),
    status: z.number(),
    requestId: z.string(),
    details: z.unknown(),
  })
  .meta({ id: 'AuditEntry' }) satisfies z.ZodType<AuditEntry>
const ENTRIES = z.strictObject({ entries: z.array(ENTRY), nextCursor: z.string().nullable() })

/** Who changed what. */
export function registerAuditRoutes(app: FastifyInstance, { auditEntries }: AuditAdminDeps): void {
  app.get(
    '/api/audit',
    { config: { api: { summary: 'What was changed, and by whom, newest first', query: LIST_QUERY, response: ENTRIES } } },
    async ({ query }) => {
      const { limit, cursor, from, to, ...filter } = check(LIST_QUERY, query, 'query')
      const entries = await auditEntries.list({ fromMs: from, toMs: to, ...filter }, { before: cursor, limit })
      return { entries, nextCursor: entries.length < limit ? null : (entries.at(-1)?.id ?? null) }
    },
  )
}
