import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Calls, their counts, and the audit log. The ids tell the time (telemetry/time-ids.ts), so an index on the id is one on the time. */
export const OBSERVABILITY: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('calls')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('namespace', 'text', (column) => column.notNull())
      .addColumn('method', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('protocol', 'text', (column) => column.notNull())
      .addColumn('era', 'text', (column) => column.notNull())
      .addColumn('principal', 'text', (column) => column.notNull())
      .addColumn('duration_ms', 'double precision', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('failed', 'integer', (column) => column.notNull())
      .addColumn('request_bytes', 'bigint', (column) => column.notNull())
      .addColumn('result_bytes', 'bigint', (column) => column.notNull())
      .addColumn('request_id', 'text', (column) => column.notNull())
      .addColumn('client', 'text')
      .addColumn('arguments', 'text')
      .execute()
    // With `failed` in each, a histogram reads the index alone.
    await db.schema.createIndex('calls_failed').on('calls').columns(['failed', 'id']).execute()
    await db.schema.createIndex('calls_namespace').on('calls').columns(['namespace', 'id', 'failed']).execute()
    await db.schema.createIndex('calls_name').on('calls').columns(['name', 'id', 'failed']).execute()
    await db.schema.createIndex('calls_principal').on('calls').columns(['principal', 'id', 'failed']).execute()
    await db.schema.createIndex('calls_request').on('calls').columns(['request_id', 'id']).execute()

    await db.schema
      .createTable('call_counts')
      .addColumn('step_ms', 'integer', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addColumn('namespace', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('method', 'text', (column) => column.notNull())
      .addColumn('protocol', 'text', (column) => column.notNull())
      .addColumn('principal', 'text', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('bucket', 'integer', (column) => column.notNull())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('call_counts_pk', ['step_ms', 'at_ms', 'namespace', 'name', 'method', 'protocol', 'principal', 'outcome', 'bucket'])
      .execute()

    await db.schema
      .createTable('audit')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('principal', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('status', 'integer', (column) => column.notNull())
      .addColumn('request_id', 'text', (column) => column.notNull())
      .addColumn('details', 'text', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('audit_principal').on('audit').columns(['principal', 'id']).execute()
    await db.schema.createIndex('audit_action').on('audit').columns(['action', 'id']).execute()
  },
}
