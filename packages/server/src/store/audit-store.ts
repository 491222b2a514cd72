import { type Selectable, sql } from 'kysely'
import type { AuditEntry, AuditStore } from '../telemetry/audit.types.ts'
import { firstIdOf, timeOfId } from '../telemetry/time-ids.ts'
import type { Database } from './database.ts'
import { containing } from './json-rows.ts'
import type { AuditTable } from './schema.ts'

export function createAuditStore(database: Database): AuditStore {
  return {
    add: (entries) =>
      database.run(async (db) => {
        const { numInsertedOrUpdatedRows = 0n } = await db
          .insertInto('audit')
          .values(entries.map(toRow))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst()
        return Number(numInsertedOrUpdatedRows)
      }),
    list: ({ fromMs, toMs, principal, action, search }, { before, limit }) =>
      database.run(async (db) => {
        let query = db.selectFrom('audit').selectAll()
        if (fromMs !== undefined) query = query.where('id', '>=', firstIdOf(fromMs))
        if (toMs !== undefined) query = query.where('id', '<', firstIdOf(toMs))
        if (before !== undefined) query = query.where('id', '<', Number(before))
        if (principal !== undefined) query = query.where('principal', '=', principal)
        if (action !== undefined) query = query.where('action', '=', action)
        if (search !== undefined) {
          const columns = ['action', 'subject', 'request_id'].map((name) => sql`lower(${sql.ref(name)}) like ${containing(search)} escape '\\'`)
          query = query.where(sql<boolean>`(${sql.join(columns, sql` or `)})`)
        }
        const rows = await query.orderBy('id', 'desc').limit(limit).execute()
        return rows.map(toEntry)
      }),
    removeBefore: (beforeMs, max) =>
      database.run(async (db) => {
        const { numAffectedRows = 0n } = await sql`
          delete from audit where id in (select id from audit where id < ${firstIdOf(beforeMs)} order by id limit ${max})`.execute(db)
        return Number(numAffectedRows)
      }),
  }
}

function toRow({ id, principal, action, subject, status, requestId, details }: AuditEntry): AuditTable {
  return { id: Number(id), principal, action, subject, status, request_id: requestId, details: JSON.stringify(details) }
}

function toEntry(row: Selectable<AuditTable>): AuditEntry {
  const id = Number(row.id)
  return {
    id: String(id),
    at: new Date(timeOfId(id)).toISOString(),
    principal: row.principal,
    action: row.action,
    subject: row.subject,
    status: Number(row.status),
    requestId: row.request_id,
    details: JSON.parse(row.details),
  }
}
