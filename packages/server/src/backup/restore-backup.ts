import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Config } from '../config/settings.ts'
import { openDataDir } from '../data-dir/data-dir.ts'
import { StartError } from '../kernel/start-error.ts'
import { claimDatabase, type DatabaseClaim } from '../store/claim-database.ts'
import { sqlitePathOf } from '../store/database.ts'
import { hasTables, loadDump, unknownMigration } from '../store/load-dump.ts'
import type { DumpRow } from '../store/read-dump.ts'
import { AREAS, type Head, SECRET_FILES, TABLES_DIR } from './archive-format.ts'
import { exists } from './exists.ts'
import { type Move, STAGING, settleRestore, writePlan } from './settle-restore.ts'
import { unpackArchive } from './unpack-archive.ts'
import { type VerifiedArchive, verifyArchive } from './verify-archive.ts'

/** Filling a database takes longer than a request may. */
const LOAD_TIMEOUT_MS = 600_000

export interface RestoreOptions {
  /** Also where something is: it is moved aside, never deleted. */
  readonly force: boolean
}

export interface RestoreReport {
  /** When, from what and by which version the backup was made. */
  readonly head: Head
  readonly members: number
  /** Servers that are installed again at their next start. */
  readonly reinstall: readonly string[]
  /** What the backup did not keep. */
  readonly notes: readonly string[]
  /** Where that is which was there before; null when there was nothing. PostgreSQL: its tables are in `schema`. */
  readonly aside: { readonly dir: string; readonly schema: string | null } | null
}

/**
 * Puts what a backup holds in the place of the data directory's content and of the database: all of it or, whatever dies, nothing.
 * @throws {StartError | ToolDockError} in one line; nothing is changed: a gateway runs, the file is not whole, something is there and no `force`
 */
export async function restoreBackup(file: string, config: Config, { force }: RestoreOptions): Promise<RestoreReport> {
  const { path: dataDir, close } = await openDataDir(config.dataDir)
  let claim: DatabaseClaim | undefined
  try {
    claim = await claimDatabase(config, () => undefined)
    await settleRestore(dataDir, config)
    const archive = await verifyArchive(file, config)
    const unknown = unknownMigration(archive.head)
    if (unknown !== undefined)
      throw new StartError(`${file} was made by a newer ToolDock (${archive.head.version}, with the migration ${unknown}): restore it with that version.`)
    const isEmpty = await isUnused(dataDir, config)
    if (!isEmpty && !force)
      throw new StartError(`${dataDir} and its database are not empty: --force moves what is there aside, or name another DATA_DIR and DATABASE_URL.`)
    return await restoreInto(dataDir, isEmpty, file, archive, config)
  } finally {
    await claim?.close()
    await close()
  }
}

async function restoreInto(dataDir: string, isEmpty: boolean, file: string, archive: VerifiedArchive, config: Config): Promise<RestoreReport> {
  const { head, manifest } = archive
  const id = `${head.createdAt.slice(0, 10)}-${randomBytes(4).toString('hex')}`
  const staging = join(dataDir, `${STAGING}${id}`)
  const schema = isSqlite(config) ? undefined : `tooldock_before_${id.replaceAll('-', '_')}`
  const asideDir = join(dataDir, `before-restore-${id}`)
  const sqlite = planSqlite(config, dataDir, { staging, asideDir, id })
  try {
    for (const area of AREAS) await mkdir(join(staging, area), { recursive: true, mode: 0o755 })
    await unpackArchive(file, manifest, staging)
    const reinstall = new Set(manifest.reinstall)
    const source = { migrations: head.migrations, read: ({ name }: { name: string }) => readTable(join(staging, TABLES_DIR, `${name}.jsonl`), adapt) }
    const adapt = async (row: DumpRow) => ('installed' in row ? rehome(row, head, { dataDir, staging, reinstall }) : row)
    const secrets = await presentIn(staging, SECRET_FILES)
    const moves = [...[...AREAS, ...secrets].map((name) => moveOf(name, staging, dataDir, asideDir)), ...sqlite.moves]
    const plan = { staging, asideDir, moves, ...(schema === undefined ? {} : { schema }) }
    const database = { ...config, databaseTimeoutMs: Math.max(LOAD_TIMEOUT_MS, config.databaseTimeoutMs) }
    if (schema === undefined) {
      await mkdir(dirname(sqlite.path), { recursive: true, mode: 0o700 })
      await loadDump({ ...database, databaseUrl: `sqlite:///${sqlite.path}` }, source)
      await writePlan(dataDir, plan)
    } else {
      await writePlan(dataDir, plan)
      await loadDump(database, source, schema)
    }
    await settleRestore(dataDir, config)
    const aside = isEmpty ? null : { dir: asideDir, schema: schema ?? null }
    return { head, members: manifest.members.length, reinstall: [...reinstall].sort(), notes: manifest.notes, aside }
  } finally {
    // Also when it failed; what is decided is no longer there.
    await settleRestore(dataDir, config)
    await rm(sqlite.path, { force: true })
  }
}

const isSqlite = ({ databaseUrl }: Pick<Config, 'databaseUrl'>): boolean => databaseUrl === undefined || databaseUrl.startsWith('sqlite:')

const moveOf = (name: string, staging: string, dataDir: string, asideDir: string): Move => ({
  from: join(staging, name),
  to: join(dataDir, name),
  aside: join(asideDir, name),
})

/** Where a new SQLite file is made, and how it takes the place of the old one with its log. */
function planSqlite(
  config: Config,
  dataDir: string,
  at: { staging: string; asideDir: string; id: string },
): { readonly path: string; readonly moves: readonly Move[] } {
  if (config.databaseUrl === undefined) return { path: join(at.staging, 'db/tooldock.db'), moves: [moveOf('db', at.staging, dataDir, at.asideDir)] }
  const path = sqlitePathOf(config)
  const fresh = `${path}.restore-${at.id}`
  if (!isSqlite(config)) return { path: join(at.staging, 'unused'), moves: [] }
  const aside = (suffix: string): string => `${path}.before-restore-${at.id}${suffix}`
  // The log first: it belongs to the old file alone.
  const log = ['-wal', '-shm'].map((suffix) => ({ to: `${path}${suffix}`, aside: aside(suffix) }))
  return { path: fresh, moves: [...log, { from: fresh, to: path, aside: aside('') }] }
}

async function isUnused(dataDir: string, config: Config): Promise<boolean> {
  for (const area of AREAS) if ((await namesIn(join(dataDir, area))).length > 0) return false
  if (isSqlite(config)) return !(await exists(sqlitePathOf(config)))
  return !(await hasTables(config))
}

/** Rows as the dump wrote them, one line each. */
async function* readTable(path: string, adapt: (row: DumpRow) => Promise<DumpRow>): AsyncGenerator<readonly DumpRow[]> {
  if (!(await exists(path))) return
  let rows: DumpRow[] = []
  let length = 0
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    rows.push(await adapt(JSON.parse(line) as DumpRow))
    length += line.length
    if (rows.length < ROWS_AT_ONCE && length < LINES_LENGTH) continue
    yield rows
    rows = []
    length = 0
  }
  if (rows.length > 0) yield rows
}
const ROWS_AT_ONCE = 1000
const LINES_LENGTH = 4 * 1024 * 1024

interface Rehoming {
  readonly dataDir: string
  readonly staging: string
  /** Servers to install again; more are added. */
  readonly reinstall: Set<string>
}

/** A row of a server names its program by absolute paths; one that is not there is installed again. */
async function rehome(row: DumpRow, { dataDir: old, nodePath }: Head, { dataDir, staging, reinstall }: Rehoming): Promise<DumpRow> {
  const { namespace, installed } = row
  if (typeof installed !== 'string') return row
  const move = (text: string): string => (text === nodePath ? process.execPath : text.startsWith(`${old}/`) ? join(dataDir, text.slice(old.length + 1)) : text)
  const { command, args, dir, ...rest } = JSON.parse(installed) as { command: string; args: string[]; dir: string }
  const moved = { ...rest, command: move(command), args: args.map(move), dir: move(dir) }
  const staged = [moved.command, ...moved.args].filter((path) => path.startsWith(`${dataDir}/`)).map((path) => join(staging, path.slice(dataDir.length + 1)))
  const isThere = (await Promise.all(staged.map((path) => realpath(path).catch(() => undefined)))).every((path) => path !== undefined)
  const isBound =
    old !== dataDir && (await readFile(join(staging, move(dir).slice(dataDir.length + 1), 'venv/pyvenv.cfg'), 'utf8').catch(() => '')).includes(`${old}/`)
  if (!isThere || isBound) reinstall.add(String(namespace))
  return { ...row, installed: reinstall.has(String(namespace)) ? null : JSON.stringify(moved) }
}

async function presentIn(dir: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => exists(join(dir, name))))
  return names.filter((_name, index) => found[index])
}

async function namesIn(path: string): Promise<string[]> {
  return (await exists(path)) ? readdir(path) : []
}
