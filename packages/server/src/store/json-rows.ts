import { type RawBuilder, sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Rows as one parameter: with a thousand of them, a placeholder for each value costs the gateway's thread more than all else.
 * A table expression whose column `value` is the JSON array of one row.
 */
export function jsonRows(kind: Database['kind'], rows: readonly (readonly unknown[])[]): RawBuilder<unknown> {
  const json = JSON.stringify(rows)
  return kind === 'sqlite' ? sql`json_each(${json})` : sql`json_array_elements(cast(${json} as json)) as given (value)`
}

const TYPES = { text: sql`text`, bigint: sql`bigint`, integer: sql`integer`, double: sql`double precision` }

/** One member of each row, for a select from {@link jsonRows}; both databases know `->>` with an index. */
export function jsonMember(index: number, type: keyof typeof TYPES): RawBuilder<unknown> {
  return sql`cast(value ->> ${sql.lit(index)} as ${TYPES[type]})`
}

/** A pattern of LIKE (with `escape '\'`) for texts that contain this one. */
export const containing = (text: string): string => `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
