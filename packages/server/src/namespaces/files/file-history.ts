import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Config } from '../../config/settings.ts'
import type { FileStore, FileVersionRecord } from '../../store/store.ts'
import { collectFiles } from '../folder.ts'
import { etagOf } from './etag.ts'

/** Who changes what was not changed through the API. */
export const DISK = 'disk'

/** A change as its maker knows it. */
export interface FileChange {
  readonly path: string
  readonly from?: string
  readonly by: string
  readonly action: FileVersionRecord['action']
  /** Null: the file is gone. */
  readonly content: Buffer | null
}

/** What became of the files of namespaces, and by whom. */
export interface FileHistory {
  /** Adds changes, oldest first. What the files held before is kept too when it is not known yet. @throws {ToolDockError} `store_unavailable` */
  record(namespace: string, changes: readonly FileChange[], before: ReadonlyMap<string, Buffer>): Promise<void>
  /** Adds the files that a namespace was made of. Never rejects: it is made. */
  noteCreation(namespace: string, files: ReadonlyMap<string, Buffer>, by: string): Promise<void>
  /** Adds what differs between two copies of a folder, but for these paths. Never rejects: what is published is published. */
  noteDisk(namespace: string, published: { readonly before: string | undefined; readonly after: string }, except: ReadonlySet<string>): Promise<void>
}

export interface FileHistoryDeps {
  readonly store: Pick<FileStore, 'addVersions' | 'latestVersion'>
  readonly config: Pick<Config, 'fileBytesMax' | 'fileVersionsKept' | 'historyBytesMax' | 'namespaceFilesMax'>
  readonly log: Pick<Logger, 'error'>
}

export function createFileHistory({ store, config, log }: FileHistoryDeps): FileHistory {
  const kept = { perFile: config.fileVersionsKept, bytes: config.historyBytesMax }
  const toId = createVersionIds()

  const toRecord = ({ path, from, by, action, content }: FileChange, at: Date): FileVersionRecord => {
    const isKept = content !== null && content.byteLength <= config.fileBytesMax
    const about = { id: toId(at), path, from: from ?? null, by, at: at.toISOString(), action }
    return { ...about, bytes: isKept ? content.byteLength : 0, etag: content === null ? null : etagOf(content), content: isKept ? content : null }
  }

  async function record(namespace: string, changes: readonly FileChange[], before: ReadonlyMap<string, Buffer>): Promise<void> {
    const now = new Date()
    const versions: FileVersionRecord[] = []
    for (const [path, content] of before) {
      const latest = await store.latestVersion(namespace, path)
      if (latest === undefined || latest.path !== path || latest.etag !== etagOf(content))
        versions.push(toRecord({ path, by: DISK, action: 'write', content }, now))
    }
    versions.push(...changes.map((change) => toRecord(change, now)))
    if (versions.length > 0) await store.addVersions(namespace, versions, kept)
  }

  async function contentsOf(dir: string): Promise<Map<string, Buffer>> {
    const { files } = await collectFiles(dir, config.namespaceFilesMax)
    return new Map(await Promise.all(files.map(async ({ path, source }) => [path, await readFile(source)] as const)))
  }

  return {
    record,
    async noteCreation(namespace, files, by) {
      const changes = [...files].map(([path, content]): FileChange => ({ path, by, action: 'write', content }))
      await record(namespace, changes, new Map()).catch((error: unknown) => log.error({ namespace, err: error }, 'A new namespace has no history'))
    },
    async noteDisk(namespace, { before, after }, except) {
      // The first publication changes nothing that was there.
      if (before === undefined) return
      try {
        const [old, now] = [await contentsOf(before), await contentsOf(after)]
        const changes: FileChange[] = []
        for (const [path, content] of now) if (!except.has(path) && !old.get(path)?.equals(content)) changes.push({ path, by: DISK, action: 'write', content })
        for (const path of old.keys()) if (!except.has(path) && !now.has(path)) changes.push({ path, by: DISK, action: 'delete', content: null })
        const changed = new Set(changes.map(({ path }) => path))
        await record(namespace, changes, new Map([...old].filter(([path]) => changed.has(path))))
      } catch (error) {
        log.error({ namespace, err: error }, 'What changed in the folder could not be added to its history')
      }
    },
  }
}

/** Ids that sort by time and, within a millisecond, by their making. */
function createVersionIds(): (at: Date) => string {
  const run = randomBytes(2).toString('hex')
  let count = 0
  return (at) => `${at.toISOString().replaceAll(/[-:.]/g, '')}-${String(count++ % 1_000_000).padStart(6, '0')}-${run}`
}
