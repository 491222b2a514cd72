import type { Kysely, Selectable, Transaction } from 'kysely'
import type { Database } from './database.ts'
import { insertNamespace } from './namespace-store.ts'
import type { FileDraftsTable, FileVersionsTable, Schema } from './schema.ts'
import type { FileDraftRecord, FileStore, FileVersionRecord } from './store.ts'

/** Versions that are looked at together when the oldest must go. */
const PRUNE_BATCH = 50
/** SQLite knows an offset only after a limit. */
const ALL = 1_000_000_000

const VERSION_COLUMNS = ['id', 'path', 'from_path', 'changed_by', 'changed_at', 'action', 'bytes', 'etag'] as const

export function createFileStore(database: Database): FileStore {
  return {
    async draftCounts() {
      const rows = await database.run((db) =>
        db
          .selectFrom('file_drafts')
          .select(['namespace', ({ fn }) => fn.countAll().as('count')])
          .groupBy('namespace')
          .execute(),
      )
      return new Map(rows.map(({ namespace, count }) => [namespace, Number(count)]))
    },
    async drafts(namespace) {
      const rows = await database.run((db) =>
        db.selectFrom('file_drafts').select(['path', 'bytes', 'saved_at']).where('namespace', '=', namespace).orderBy('path').execute(),
      )
      return rows.map(({ path, bytes, saved_at }) => ({ path, bytes, at: saved_at }))
    },
    async findDraft(namespace, path) {
      const row = await database.run((db) =>
        db.selectFrom('file_drafts').selectAll().where('namespace', '=', namespace).where('path', '=', path).executeTakeFirst(),
      )
      return row && toDraft(row)
    },
    saveDrafts: (namespace, drafts, max) =>
      database.transact(async (db) => {
        const paths = drafts.map(({ path }) => path)
        const { others } = await db
          .selectFrom('file_drafts')
          .select(({ fn }) => fn.countAll().as('others'))
          .where('namespace', '=', namespace)
          .where('path', 'not in', paths)
          .executeTakeFirstOrThrow()
        if (Number(others) + drafts.length > max) return false
        await insertNamespace(db, namespace)
        for (const { path, content, problems, by, at } of drafts) {
          const row = { content: content.toString('base64'), bytes: content.byteLength, problems: JSON.stringify(problems), saved_by: by, saved_at: at }
          await db
            .insertInto('file_drafts')
            .values({ namespace, path, ...row })
            .onConflict((conflict) => conflict.columns(['namespace', 'path']).doUpdateSet(row))
            .execute()
        }
        return true
      }),
    async removeDrafts(namespace, paths) {
      if (paths.length === 0) return
      await database.run((db) => db.deleteFrom('file_drafts').where('namespace', '=', namespace).where('path', 'in', paths).execute())
    },
    addVersions: (namespace, versions, kept) =>
      database.transact(async (db) => {
        await insertNamespace(db, namespace)
        for (const version of versions) await db.insertInto('file_versions').values(toVersionRow(namespace, version)).execute()
        for (const path of new Set(versions.map((version) => version.path))) await prunePath(db, namespace, path, kept.perFile)
        await pruneBytes(db, namespace, kept.bytes)
      }),
    async versions(namespace, { path, before, limit }) {
      const rows = await database.run((db) => {
        let query = db.selectFrom('file_versions').select(VERSION_COLUMNS).where('namespace', '=', namespace)
        if (path !== undefined) query = query.where(({ or, eb }) => or([eb('path', '=', path), eb('from_path', '=', path)]))
        if (before !== undefined) query = query.where('id', '<', before)
        return query.orderBy('id', 'desc').limit(limit).execute()
      })
      return rows.map(toVersion)
    },
    async findVersion(namespace, id) {
      const row = await database.run((db) =>
        db.selectFrom('file_versions').selectAll().where('namespace', '=', namespace).where('id', '=', id).executeTakeFirst(),
      )
      return row && { ...toVersion(row), content: row.content === null ? null : Buffer.from(row.content, 'base64') }
    },
    async latestVersion(namespace, path) {
      const row = await database.run((db) =>
        db
          .selectFrom('file_versions')
          .select(VERSION_COLUMNS)
          .where('namespace', '=', namespace)
          .where(({ or, eb }) => or([eb('path', '=', path), eb('from_path', '=', path)]))
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst(),
      )
      return row && toVersion(row)
    },
  }
}

async function prunePath(db: Transaction<Schema>, namespace: string, path: string, kept: number): Promise<void> {
  await db
    .deleteFrom('file_versions')
    .where('namespace', '=', namespace)
    .where('id', 'in', ({ selectFrom }) =>
      selectFrom('file_versions').select('id').where('namespace', '=', namespace).where('path', '=', path).orderBy('id', 'desc').limit(ALL).offset(kept),
    )
    .execute()
}

/** The newest version is kept whatever its size. */
async function pruneBytes(db: Transaction<Schema>, namespace: string, bytesMax: number): Promise<void> {
  let excess = (await bytesOf(db, namespace)) - bytesMax
  while (excess > 0) {
    const oldest = await db
      .selectFrom('file_versions')
      .select(['id', 'bytes'])
      .where('namespace', '=', namespace)
      .orderBy('id')
      .limit(PRUNE_BATCH + 1)
      .execute()
    const obsolete: string[] = []
    for (const { id, bytes } of oldest.slice(0, -1)) {
      if (excess <= 0) break
      obsolete.push(id)
      excess -= bytes
    }
    if (obsolete.length === 0) return
    await db.deleteFrom('file_versions').where('namespace', '=', namespace).where('id', 'in', obsolete).execute()
  }
}

async function bytesOf(db: Kysely<Schema>, namespace: string): Promise<number> {
  const { bytes } = await db
    .selectFrom('file_versions')
    .select(({ fn }) => fn.sum('bytes').as('bytes'))
    .where('namespace', '=', namespace)
    .executeTakeFirstOrThrow()
  return Number(bytes ?? 0)
}

function toDraft(row: Selectable<FileDraftsTable>): FileDraftRecord {
  return { path: row.path, content: Buffer.from(row.content, 'base64'), problems: JSON.parse(row.problems), by: row.saved_by, at: row.saved_at }
}

function toVersionRow(namespace: string, { id, path, from, by, at, action, bytes, etag, content }: FileVersionRecord): FileVersionsTable {
  return { namespace, id, path, from_path: from, changed_by: by, changed_at: at, action, bytes, etag, content: content?.toString('base64') ?? null }
}

function toVersion(row: Omit<Selectable<FileVersionsTable>, 'namespace' | 'content'>): Omit<FileVersionRecord, 'content'> {
  const { id, path, from_path: from, changed_by: by, changed_at: at, action, bytes, etag } = row
  return { id, path, from, by, at, action: action as FileVersionRecord['action'], bytes, etag }
}
