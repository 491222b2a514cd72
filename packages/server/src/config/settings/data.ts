import { integer, optionalText, text } from '../setting-parsers.ts'
import { row } from '../setting-row.ts'

export const DATA = {
  dataDir: row({
    env: 'DATA_DIR',
    parse: text.min(1, 'must not be empty'),
    default: './tooldock_data',
    group: 'Data',
    doc: 'Where tools, generations, the database, logs and the token are kept; one gateway at a time.',
  }),
  databaseUrl: row({
    env: 'DATABASE_URL',
    parse: optionalText,
    default: undefined,
    secret: true,
    group: 'Data',
    doc: 'postgresql://user:password@host/database, sqlite:///relative/path or sqlite:////absolute/path; unset: SQLite in DATA_DIR/db.',
  }),
  databasePoolMax: row({
    env: 'DATABASE_POOL_MAX',
    parse: integer(1, 200),
    default: '10',
    group: 'Data',
    doc: 'Connections to PostgreSQL; further queries wait for one.',
  }),
  databaseTimeoutMs: row({
    env: 'DATABASE_TIMEOUT_MS',
    parse: integer(100, 600_000),
    default: '8000',
    unit: 'ms',
    group: 'Data',
    doc: 'How long to wait for the database to accept a connection or a query before giving up.',
  }),
  restoreBytesMax: row({
    env: 'RESTORE_BYTES_MAX',
    parse: integer(1, Number.MAX_SAFE_INTEGER),
    default: String(64 * 1024 ** 3),
    unit: 'bytes',
    group: 'Data',
    doc: 'What a backup may hold, unpacked; a larger one is refused.',
  }),
  restoreFilesMax: row({
    env: 'RESTORE_FILES_MAX',
    parse: integer(1, 100_000_000),
    default: '1000000',
    group: 'Data',
    doc: 'Files that a backup may hold; one with more is refused.',
  }),
  storeQueueMax: row({
    env: 'STORE_QUEUE_MAX',
    parse: integer(10, 1_000_000),
    default: '10000',
    group: 'Data',
    doc: 'Database requests that may wait; more are refused with store_unavailable.',
  }),
  diskFreeMinMb: row({
    env: 'DISK_FREE_MIN_MB',
    parse: integer(0, 1 << 30),
    default: '1024',
    unit: 'MiB',
    group: 'Data',
    doc: 'With less free space than this at DATA_DIR, the admin API says that it needs attention.',
  }),
} as const
