import { posix } from 'node:path'
import { z } from 'zod'
import { isNamespaceName } from '../namespaces/namespace-name.ts'

/** The first and the last member of an archive; between them the tables, then the files. */
export const HEAD = 'backup.json'
export const MANIFEST = 'manifest.json'
/** Members below it are tables: JSON lines, one row each. */
export const TABLES_DIR = 'database'
/** Folders of DATA_DIR that are kept; below each, one folder for each namespace. */
export const AREAS = ['tools', 'generations', 'state', 'servers'] as const
/** Files of DATA_DIR that are kept only when asked for. */
export const SECRET_FILES = ['token', 'secret.key'] as const
/** Interpreters of all servers, beside their folders. */
export const PYTHONS = '.pythons'

const PATH_MAX = 4096
/** `head` and every row of a table are read into memory. */
export const LINE_BYTES_MAX = 256 * 1024 * 1024

export const HEAD_SCHEMA = z.object({
  format: z.literal(1),
  /** Of ToolDock. */
  version: z.string(),
  createdAt: z.iso.datetime(),
  database: z.enum(['sqlite', 'postgres']),
  migrations: z.array(z.string()).readonly(),
  /** Where it was taken: rows of servers name files there. */
  dataDir: z.string(),
  nodePath: z.string(),
  packages: z.boolean(),
  secrets: z.boolean(),
})
export type Head = z.infer<typeof HEAD_SCHEMA>

export const MANIFEST_SCHEMA = z.object({
  /** Every member but this one, in the order of the archive. Of a link, the hash is that of its target. */
  members: z.array(z.object({ path: z.string(), bytes: z.int().min(0), sha256: z.string() })),
  /** Servers whose programs are not in the archive, or not whole: they are installed again. */
  reinstall: z.array(z.string()),
  /** What could not be kept, and why. */
  notes: z.array(z.string()),
})
export type Manifest = z.infer<typeof MANIFEST_SCHEMA>

/** Why a member must not be written where its name says; undefined when it may. */
export function pathFault(path: string): string | undefined {
  if (path.length > PATH_MAX || path.includes('\0')) return 'its name is no file name'
  if (path.startsWith('/') || posix.normalize(path) !== path || path.split('/').includes('..')) return 'its name leads out of the archive'
  const [area = '', name, ...rest] = path.split('/')
  if (name === undefined) return path === HEAD || path === MANIFEST || isOneOf(SECRET_FILES, area) ? undefined : 'nothing of this name belongs into a backup'
  if (area === TABLES_DIR) return rest.length === 0 && /^[a-z_]+\.jsonl$/.test(name) ? undefined : 'it is no table'
  if (!isOneOf(AREAS, area)) return 'nothing of this name belongs into a backup'
  return isNamespaceName(name) || (area === 'servers' && name === PYTHONS) ? undefined : `"${name}" is no namespace`
}

/** Why a link must not be made; undefined when it may. Links of programs lead to where their installer put them; all others stay in their namespace. */
export function linkFault(path: string, target: string): string | undefined {
  const [area, name = '', third = ''] = path.split('/')
  if (area === 'servers') return name === PYTHONS || third.startsWith('package-') ? undefined : 'a link outside of a program is not kept'
  if (area !== 'tools' && area !== 'generations') return 'there are no links here'
  const leadsTo = posix.join(posix.dirname(path), target)
  return !posix.isAbsolute(target) && leadsTo.startsWith(`${area}/${name}/`) ? undefined : 'the link leads out of its namespace'
}

const isOneOf = (names: readonly string[], name: string): boolean => names.includes(name)
