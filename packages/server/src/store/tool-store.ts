import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import type { ToolExamplesTable, ToolSettingsTable } from './schema.ts'
import type { ToolExampleRecord, ToolSettingRecord, ToolStore } from './store.ts'

/** Keeps what tools/ hands it; what is in it is known there alone. */
export function createToolStore(database: Database): ToolStore {
  return {
    async listSettings() {
      const rows = await database.run((db) => db.selectFrom('tool_settings').selectAll().orderBy('namespace').orderBy('tool').execute())
      return rows.map(toSetting)
    },
    setSetting: ({ namespace, tool, enabled, override }, max) =>
      database.transact(async (db) => {
        const { count } = await db
          .selectFrom('tool_settings')
          .select((expression) => expression.fn.countAll().as('count'))
          .where((expression) => expression.not(expression.and([expression('namespace', '=', namespace), expression('tool', '=', tool)])))
          .executeTakeFirstOrThrow()
        if (Number(count) >= max) return false
        const values = { enabled: enabled ? 1 : 0, override: override === null ? null : JSON.stringify(override), updated_at: new Date().toISOString() }
        await db
          .insertInto('tool_settings')
          .values({ namespace, tool, ...values })
          .onConflict((conflict) => conflict.columns(['namespace', 'tool']).doUpdateSet(values))
          .execute()
        return true
      }),
    async removeSetting(namespace, tool) {
      await database.run((db) => db.deleteFrom('tool_settings').where('namespace', '=', namespace).where('tool', '=', tool).execute())
    },
    async listExamples(namespace, tool) {
      const rows = await database.run((db) =>
        db.selectFrom('tool_examples').selectAll().where('namespace', '=', namespace).where('tool', '=', tool).orderBy('name').execute(),
      )
      return rows.map(toExample)
    },
    setExample: ({ namespace, tool, name, arguments: args }, max) =>
      database.transact(async (db) => {
        const { count } = await db
          .selectFrom('tool_examples')
          .select((expression) => expression.fn.countAll().as('count'))
          .where('namespace', '=', namespace)
          .where('tool', '=', tool)
          .where('name', '!=', name)
          .executeTakeFirstOrThrow()
        if (Number(count) >= max) return undefined
        const values = { arguments: JSON.stringify(args), updated_at: new Date().toISOString() }
        await db
          .insertInto('tool_examples')
          .values({ namespace, tool, name, ...values })
          .onConflict((conflict) => conflict.columns(['namespace', 'tool', 'name']).doUpdateSet(values))
          .execute()
        return { namespace, tool, name, arguments: args, updatedAt: values.updated_at }
      }),
    removeExample: (namespace, tool, name) =>
      database.run(async (db) => {
        const { numDeletedRows } = await db
          .deleteFrom('tool_examples')
          .where('namespace', '=', namespace)
          .where('tool', '=', tool)
          .where('name', '=', name)
          .executeTakeFirstOrThrow()
        return numDeletedRows > 0n
      }),
    removeAll: (namespace) =>
      database.transact(async (db) => {
        await db.deleteFrom('tool_settings').where('namespace', '=', namespace).execute()
        await db.deleteFrom('tool_examples').where('namespace', '=', namespace).execute()
      }),
  }
}

function toSetting(row: Selectable<ToolSettingsTable>): ToolSettingRecord {
  return { namespace: row.namespace, tool: row.tool, enabled: row.enabled !== 0, override: row.override === null ? null : JSON.parse(row.override) }
}

function toExample(row: Selectable<ToolExamplesTable>): ToolExampleRecord {
  return { namespace: row.namespace, tool: row.tool, name: row.name, arguments: JSON.parse(row.arguments), updatedAt: row.updated_at }
}
