import type { Insertable, Selectable } from 'kysely'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Database } from './database.ts'
import { insertNamespace } from './namespace-store.ts'
import type { GenerationsTable } from './schema.ts'
import type { GenerationRecord, GenerationStore } from './store.ts'

export function createGenerationStore(database: Database): GenerationStore {
  return {
    async publish(generation) {
      const { namespace, id } = generation
      await database.transact(async (transaction) => {
        await insertNamespace(transaction, namespace)
        await transaction.updateTable('namespaces').set({ published: id, updated_at: new Date().toISOString() }).where('name', '=', namespace).execute()
        await transaction.insertInto('generations').values(toRow(generation)).execute()
      })
    },
    async setPublished(namespace, id) {
      const { numUpdatedRows } = await database.run((db) =>
        db
          .updateTable('namespaces')
          .set({ published: id, updated_at: new Date().toISOString() })
          .where('name', '=', namespace)
          .where(({ exists, selectFrom }) => exists(selectFrom('generations').select('id').where('namespace', '=', namespace).where('id', '=', id)))
          .executeTakeFirst(),
      )
      if (numUpdatedRows === 0n) throw new ToolDockError('generation_not_found', `Namespace "${namespace}" keeps no generation "${id}".`)
    },
    async list(namespace) {
      const rows = await database.run((db) =>
        db.selectFrom('generations').selectAll().where('namespace', '=', namespace).orderBy('created_at', 'desc').orderBy('id', 'desc').execute(),
      )
      return rows.map(toRecord)
    },
    async find(namespace, id) {
      const row = await database.run((db) =>
        db.selectFrom('generations').selectAll().where('namespace', '=', namespace).where('id', '=', id).executeTakeFirst(),
      )
      return row && toRecord(row)
    },
    async listPublished() {
      const rows = await database.run((db) =>
        db
          .selectFrom('generations')
          .innerJoin('namespaces', (join) => join.onRef('namespaces.name', '=', 'generations.namespace').onRef('namespaces.published', '=', 'generations.id'))
          .selectAll('generations')
          .orderBy('namespace')
          .execute(),
      )
      return rows.map(toRecord)
    },
    async updateCatalogue(namespace, id, catalogue, catalogueKey) {
      const change = { catalogue: JSON.stringify(catalogue), catalogue_key: catalogueKey }
      await database.run((db) => db.updateTable('generations').set(change).where('namespace', '=', namespace).where('id', '=', id).execute())
    },
    async remove(namespace, ids) {
      if (ids.length === 0) return
      await database.run((db) =>
        db
          .deleteFrom('generations')
          .where('namespace', '=', namespace)
          .where('id', 'in', [...ids])
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('namespaces')
                  .select('name')
                  .whereRef('namespaces.name', '=', 'generations.namespace')
                  .whereRef('namespaces.published', '=', 'generations.id'),
              ),
            ),
          )
          .execute(),
      )
    },
  }
}

function toRow(generation: GenerationRecord): Insertable<GenerationsTable> {
  return {
    namespace: generation.namespace,
    id: generation.id,
    created_at: generation.createdAt,
    files_hash: generation.filesHash,
    dependencies_id: generation.dependenciesId,
    manifest: JSON.stringify(generation.manifest),
    catalogue: JSON.stringify(generation.catalogue),
    catalogue_key: generation.catalogueKey,
  }
}

function toRecord(row: Selectable<GenerationsTable>): GenerationRecord {
  return {
    namespace: row.namespace,
    id: row.id,
    createdAt: row.created_at,
    filesHash: row.files_hash,
    dependenciesId: row.dependencies_id,
    manifest: JSON.parse(row.manifest),
    catalogue: JSON.parse(row.catalogue),
    catalogueKey: row.catalogue_key,
  }
}
