import type { Schema } from './schema.ts'

/** A table, the columns that tell its rows apart, and how many rows are read at once: few where one may be large. */
export interface TableOrder {
  readonly name: keyof Schema
  readonly key: readonly string[]
  readonly rowsAtOnce: number
}

const MANY = 1000
const FEW = 10

/** Every table; one that others refer to comes before them. */
export const TABLES: readonly TableOrder[] = [
  { name: 'namespaces', key: ['name'], rowsAtOnce: MANY },
  { name: 'generations', key: ['namespace', 'id'], rowsAtOnce: FEW },
  { name: 'file_drafts', key: ['namespace', 'path'], rowsAtOnce: FEW },
  { name: 'file_versions', key: ['namespace', 'id'], rowsAtOnce: FEW },
  { name: 'signing_keys', key: ['purpose'], rowsAtOnce: MANY },
  { name: 'secrets', key: ['namespace', 'name'], rowsAtOnce: MANY },
  { name: 'servers', key: ['namespace'], rowsAtOnce: FEW },
  { name: 'bundles', key: ['namespace'], rowsAtOnce: FEW },
  { name: 'tool_settings', key: ['namespace', 'tool'], rowsAtOnce: MANY },
  { name: 'tool_examples', key: ['namespace', 'tool', 'name'], rowsAtOnce: FEW },
  { name: 'api_keys', key: ['id'], rowsAtOnce: MANY },
  { name: 'sign_ins', key: ['hash'], rowsAtOnce: MANY },
  { name: 'audit', key: ['id'], rowsAtOnce: MANY },
  { name: 'calls', key: ['id'], rowsAtOnce: MANY },
  {
    name: 'call_counts',
    key: ['step_ms', 'at_ms', 'namespace', 'name', 'method', 'protocol', 'principal', 'outcome', 'bucket'],
    rowsAtOnce: MANY,
  },
]
