import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Drafts and the history of the files of native namespaces; both go with their namespace. */
export const FILES: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('file_drafts')
      .addColumn('namespace', 'text', (column) => column.notNull().references('namespaces.name').onDelete('cascade'))
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('problems', 'text', (column) => column.notNull())
      .addColumn('saved_by', 'text', (column) => column.notNull())
      .addColumn('saved_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('file_drafts_pk', ['namespace', 'path'])
      .execute()
    await db.schema
      .createTable('file_versions')
      .addColumn('namespace', 'text', (column) => column.notNull().references('namespaces.name').onDelete('cascade'))
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('from_path', 'text')
      .addColumn('changed_by', 'text', (column) => column.notNull())
      .addColumn('changed_at', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('etag', 'text')
      .addColumn('content', 'text')
      .addPrimaryKeyConstraint('file_versions_pk', ['namespace', 'id'])
      .execute()
    await db.schema.createIndex('file_versions_path').on('file_versions').columns(['namespace', 'path', 'id']).execute()
  },
}
