import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { type Dump, type DumpRow, openDump } from '../store/read-dump.ts'
import { TABLES, type TableOrder } from '../store/tables.ts'
import { HEAD, type Head, MANIFEST, type Manifest, SECRET_FILES, TABLES_DIR } from './archive-format.ts'
import { collectMembers, type Named } from './collect-members.ts'
import { exists } from './exists.ts'
import { END_OF_ARCHIVE, type Member, packMember, textMember } from './pack-members.ts'

/** Names in DATA_DIR of what is being written. */
const SPOOL = '.backup-'
const NOTES_MAX = 1000

export interface BackupOptions {
  /** Installed programs of servers, and the packages in folders of tools; without them a restored gateway installs servers again. */
  readonly packages: boolean
  /** The administrator's token, the key of the secrets, and the keys that sign. */
  readonly secrets: boolean
}

export interface Backup {
  readonly fileName: string
  /** tar.gz; destroying it ends the backup. */
  readonly stream: Readable
}

export interface Backups {
  /**
   * Everything that is kept, as it was in one moment. What is slow to be read by the client delays nothing: tables were copied before
   * this resolves, and published generations stay until the stream has ended.
   * @throws {ToolDockError} `conflict`: one is under way, `store_unavailable`
   */
  create(options: BackupOptions): Promise<Backup>
}

export interface BackupsDeps {
  readonly config: Config
  /** Absolute and real. */
  readonly dataDir: string
  readonly version: string
  /** Until the returned function is called no published copy is removed. */
  readonly holdGenerations: () => () => void
}

export function createBackups(deps: BackupsDeps): Backups {
  let isBusy = false
  return {
    async create(options) {
      if (isBusy) throw new ToolDockError('conflict', 'Another backup is being written: wait until it has ended.')
      isBusy = true
      const release = deps.holdGenerations()
      const spool = join(deps.dataDir, `${SPOOL}${randomBytes(6).toString('hex')}`)
      const end = async (): Promise<void> => {
        release()
        isBusy = false
        await rm(spool, { recursive: true, force: true })
      }
      try {
        const tables = await copyTables(deps.config, spool, options)
        const head = headOf(deps, options, tables)
        const packed = Readable.from(pack(deps, options, head, tables, spool), { objectMode: false })
        const stream = packed.pipe(createGzip())
        packed.once('error', (error) => stream.destroy(error))
        stream.once('close', () => {
          packed.destroy()
          void end()
        })
        return { fileName: `tooldock-${head.createdAt.replaceAll(/[:.]/g, '-')}.tar.gz`, stream }
      } catch (error) {
        await end()
        throw error
      }
    },
  }
}

/** Removes what a gateway that was killed had begun to write. */
export async function removeSpools(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) if (name.startsWith(SPOOL)) await rm(join(dataDir, name), { recursive: true, force: true })
}

interface CopiedTables extends Pick<Dump, 'kind' | 'migrations'>, Named {
  readonly names: readonly string[]
}

/** Browsers sign in again; a sign-in that was ended must not come back. */
const isKept = ({ name }: TableOrder, { secrets }: BackupOptions): boolean => name !== 'sign_ins' && (name !== 'signing_keys' || secrets)

async function copyTables(config: Config, spool: string, options: BackupOptions): Promise<CopiedTables> {
  await mkdir(spool, { mode: 0o700 })
  const generations = new Map<string, Set<string>>()
  const programs = new Map<string, string | null>()
  const notice: Partial<Record<TableOrder['name'], (row: DumpRow) => void>> = {
    generations: (row) => {
      const names = generations.get(String(row.namespace)) ?? new Set()
      generations.set(String(row.namespace), names.add(String(row.id)))
      if (row.dependencies_id !== null) names.add(String(row.dependencies_id))
    },
    servers: (row) => programs.set(String(row.namespace), folderOf(row.installed)),
  }
  const dump = await openDump(config)
  try {
    const tables = TABLES.filter((table) => isKept(table, options))
    for (const table of tables) {
      const file = await open(join(spool, `${table.name}.jsonl`), 'wx', 0o600)
      try {
        for await (const rows of dump.read(table)) {
          for (const row of rows) notice[table.name]?.(row)
          await file.writeFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
        }
      } finally {
        await file.close()
      }
    }
    return { kind: dump.kind, migrations: dump.migrations, names: tables.map(({ name }) => name), generations, programs }
  } finally {
    await dump.close()
  }
}

function folderOf(installed: DumpRow[string] | undefined): string | null {
  if (typeof installed !== 'string') return null
  const { dir } = JSON.parse(installed) as { dir?: unknown }
  return typeof dir === 'string' ? basename(dir) : null
}

const headOf = ({ version, dataDir }: BackupsDeps, { packages, secrets }: BackupOptions, { kind, migrations }: CopiedTables): Head => ({
  ...{ format: 1, version, createdAt: new Date().toISOString(), database: kind, migrations, dataDir, nodePath: process.execPath },
  ...{ packages, secrets },
})

async function* pack(deps: BackupsDeps, options: BackupOptions, head: Head, tables: CopiedTables, spool: string): AsyncGenerator<Uint8Array> {
  const { dataDir } = deps
  const manifest: Manifest = { members: [], reinstall: [], notes: [] }
  const note = (path: string, why: string): void => {
    if (manifest.notes.length < NOTES_MAX) manifest.notes.push(`${path}: ${why}`)
  }
  yield* packMember(textMember(HEAD, JSON.stringify(head)), manifest.members)
  for (const name of tables.names) yield* packMember(await spooled(spool, name), manifest.members)
  for await (const member of collectMembers(dataDir, tables, options.packages, note)) yield* packMember(member, manifest.members)
  if (options.secrets) for (const name of SECRET_FILES) yield* packSecret(dataDir, name, manifest.members)
  for (const [namespace, program] of tables.programs) {
    if (program === null) continue
    // An upgrade removes what ran before: then it is not whole.
    if (!options.packages || !(await exists(join(dataDir, 'servers', namespace, program)))) manifest.reinstall.push(namespace)
  }
  yield* packMember(textMember(MANIFEST, JSON.stringify(manifest)), [])
  yield END_OF_ARCHIVE
}

async function spooled(spool: string, name: string): Promise<Member> {
  const path = join(spool, `${name}.jsonl`)
  const { size, mtime } = await stat(path)
  return { path: `${TABLES_DIR}/${name}.jsonl`, kind: 'file', bytes: size, mode: 0o600, changedAt: mtime, content: () => createReadStream(path) }
}

/** A token or key of the environment is in no file. */
async function* packSecret(dataDir: string, name: string, members: Manifest['members']): AsyncGenerator<Uint8Array> {
  if (await exists(join(dataDir, name))) yield* packMember(textMember(name, await readFile(join(dataDir, name), 'utf8')), members)
}
