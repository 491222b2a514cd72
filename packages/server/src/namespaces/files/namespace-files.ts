import type { Logger } from 'pino'
import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { BoundedQueue } from '../../kernel/bounded-queue.ts'
import type { FileStore } from '../../store/store.ts'
import type { EventBus } from '../../telemetry/event-bus.ts'
import type { FolderChange, NamespaceService, ReloadReport } from '../namespace-service.types.ts'
import { problemsOf } from '../reload-failed.ts'
import type { FileChange, FileHistory } from './file-history.ts'
import { createFileLists } from './file-list.ts'
import { assertFileName } from './file-name.ts'
import type { FileInfo, NamespaceFiles, SaveResult, Uploaded, Validation } from './files.types.ts'
import { assertNoLink, checkPrecondition, type FoundFile, findFile } from './found-file.ts'
import { createNewestTurns } from './newest-turn.ts'
import { toText } from './text-or-base64.ts'

export interface NamespaceFilesDeps {
  readonly config: Pick<Config, 'changesPendingMax' | 'changeWaitSeconds' | 'draftsMax' | 'fileBytesMax' | 'loadsAtOnceMax' | 'namespaceFilesMax'>
  readonly namespaces: Pick<NamespaceService, 'change' | 'folder'>
  readonly store: FileStore
  readonly history: FileHistory
  readonly events: Pick<EventBus, 'publish'>
  readonly log: Pick<Logger, 'error'>
}

/** What one change does, and to what. */
interface Planned {
  readonly changes: readonly FileChange[]
  readonly found: readonly FoundFile[]
  readonly asDraft?: boolean | undefined
  readonly dryRun?: boolean | undefined
}

type Outcome = Pick<SaveResult, 'draft' | 'report' | 'problems'>

export function createNamespaceFiles(deps: NamespaceFilesDeps): NamespaceFiles {
  const { config, namespaces, store, history, events, log } = deps
  const lists = createFileLists(store, config)
  const validations = createNewestTurns(() => new ToolDockError('cancelled', 'A newer request for the same namespace took its place.'))
  const loads = new BoundedQueue({
    concurrency: config.loadsAtOnceMax,
    pendingMax: config.changesPendingMax * config.loadsAtOnceMax,
    waitMs: config.changeWaitSeconds * 1000,
    refusal: () => new ToolDockError('conflict', 'Many other folders are being checked; try again later.'),
  })

  /** One at a time for a namespace; what is only being tried out makes way. */
  function changing<T>(namespace: string, work: (change: FolderChange) => Promise<T>): Promise<T> {
    validations.interrupt(namespace, new ToolDockError('cancelled', 'The files were changed meanwhile.'))
    return namespaces.change(namespace, work)
  }

  async function list(namespace: string): Promise<readonly FileInfo[]> {
    const { folder, publishedDir } = await namespaces.folder(namespace)
    return lists.list(folder, publishedDir)
  }

  async function carryOut(change: FolderChange, planned: Planned): Promise<Outcome> {
    const { namespace } = change.folder
    const { changes, found } = planned
    const contents = new Map<string, Buffer | null>()
    for (const { path, from, content } of changes) {
      if (from !== undefined) contents.set(from, null)
      contents.set(path, content)
    }
    if (planned.dryRun === true) return { draft: false, ...(await tryOut(change, contents)) }
    if (planned.asDraft === true) return saveDrafts(change, planned, contents)
    const report = await change.publish({ contents })
    await remember(namespace, changes, found)
    return { draft: false, report, problems: [] }
  }

  async function saveDrafts(change: FolderChange, { changes }: Planned, contents: ReadonlyMap<string, Buffer | null>): Promise<Outcome> {
    const { namespace } = change.folder
    const tried = await tryOut(change, contents)
    const at = new Date().toISOString()
    const drafts = changes.flatMap(({ path, by, content }) => (content === null ? [] : [{ path, content, by, at, problems: tried.problems }]))
    if (!(await store.saveDrafts(namespace, drafts, config.draftsMax)))
      throw new ToolDockError('conflict', `As many drafts as DRAFTS_MAX (${config.draftsMax}) are kept of "${namespace}"; publish or delete some.`)
    events.publish({ type: 'namespace.changed', namespace })
    return { draft: true, ...tried }
  }

  /** Afterwards: what is published stays so, whatever the database says. */
  async function remember(namespace: string, changes: readonly FileChange[], found: readonly FoundFile[]): Promise<void> {
    const before = new Map(found.flatMap(({ path, file }) => (file === undefined ? [] : [[path, file.content]])))
    const real = changes.filter(({ path, content, action }) => action === 'rename' || content === null || !before.get(path)?.equals(content))
    try {
      if (real.length > 0) await history.record(namespace, real, before)
      await store.removeDrafts(
        namespace,
        found.filter(({ draft }) => draft !== undefined).map(({ path }) => path),
      )
    } catch (error) {
      log.error({ namespace, err: error }, 'A change was published but could not be added to the history')
    }
  }

  async function resultOf(namespace: string, path: string, outcome: Outcome): Promise<SaveResult> {
    const { folder, publishedDir } = await namespaces.folder(namespace)
    const file = (await lists.list(folder, publishedDir)).find((info) => info.path === path) ?? null
    const { etag = null } = await findFile(store, folder, path)
    return { file, etag, ...outcome }
  }

  function assertSize(path: string, content: Buffer): void {
    if (content.byteLength > config.fileBytesMax)
      throw new ToolDockError('payload_too_large', `"${path.slice(0, 80)}" is larger than ${config.fileBytesMax} bytes (FILE_BYTES_MAX).`)
  }

  /** What is there, when it may be replaced. */
  async function findToWrite(change: FolderChange, path: string, content: Buffer): Promise<FoundFile> {
    const found = await findFile(store, change.folder, path)
    if (found.file === undefined) assertFileName(path)
    assertNoLink(found)
    assertSize(path, content)
    assertPlace(change.folder.files, path)
    return found
  }

  const files: NamespaceFiles = {
    list,
    async read(namespace, path) {
      const { folder, publishedDir } = await namespaces.folder(namespace)
      const found = await findFile(store, folder, path)
      const info = (await lists.list(folder, publishedDir)).find((file) => file.path === path)
      if (info === undefined) throw notThere(namespace, path)
      if (found.file !== undefined) assertSize(path, found.file.content)
      const text = found.file === undefined ? { content: null, encoding: 'utf8' as const } : toText(found.file.content)
      const { draft } = found
      return {
        ...info,
        ...text,
        draft: draft === undefined ? null : { ...toText(draft.content), etag: draft.etag, by: draft.by, at: draft.at, problems: draft.problems },
      }
    },
    save: (namespace, path, content, { by, asDraft, dryRun, action = 'write', ...precondition }) =>
      changing(namespace, async (change) => {
        const found = await findToWrite(change, path, content)
        const isRequired = dryRun !== true && (action === 'write' || found.draft !== undefined)
        await checkPrecondition(store, namespace, found, precondition, isRequired)
        const outcome = await carryOut(change, { changes: [{ path, by, action, content }], found: [found], asDraft, dryRun })
        return resultOf(namespace, path, outcome)
      }),
    upload: (namespace, uploaded, { by, overwrite = false, asDraft }) =>
      changing(namespace, async (change) => {
        assertDistinct(uploaded)
        const found: FoundFile[] = []
        for (const { path, content, etag } of uploaded) {
          const one = await findToWrite(change, path, content)
          if (!overwrite || etag !== undefined)
            await checkPrecondition(store, namespace, one, etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: [etag] }, true)
          found.push(one)
        }
        const changes = uploaded.map(({ path, content }) => ({ path, by, action: 'write' as const, content }))
        const outcome = await carryOut(change, { changes, found, asDraft })
        const paths = new Set(uploaded.map(({ path }) => path))
        return { files: (await list(namespace)).filter(({ path }) => paths.has(path)), ...outcome }
      }),
    remove: (namespace, path, { by, ...precondition }) =>
      changing(namespace, async (change) => {
        const found = await findFile(store, change.folder, path)
        if (found.file === undefined) throw notThere(namespace, path)
        assertNoLink(found)
        await checkPrecondition(store, namespace, found, precondition, found.draft !== undefined)
        const outcome = await carryOut(change, { changes: [{ path, by, action: 'delete', content: null }], found: [found] })
        return { file: null, etag: null, ...outcome }
      }),
    removeDraft: (namespace, path, { by: _by, ...precondition }) =>
      changing(namespace, async ({ folder }) => {
        const found = await findFile(store, folder, path)
        if (found.draft === undefined) throw new ToolDockError('not_found', `There is no draft of "${path.slice(0, 80)}".`)
        await checkPrecondition(store, namespace, found, precondition, false)
        await store.removeDrafts(namespace, [path])
        events.publish({ type: 'namespace.changed', namespace })
        return resultOf(namespace, path, { draft: false, report: null, problems: [] })
      }),
    rename: (namespace, from, to, { by, ...precondition }) =>
      changing(namespace, async (change) => {
        const found = await findFile(store, change.folder, from)
        if (found.file === undefined) throw notThere(namespace, from)
        assertNoLink(found)
        await checkPrecondition(store, namespace, found, precondition, false)
        if (found.draft !== undefined) throw new ToolDockError('conflict', `There is a draft of "${from}": publish or delete it first.`)
        const { content } = found.file
        const target = await findToWrite(change, to, content)
        if (target.etag !== undefined) throw new ToolDockError('conflict', `There is something called "${to}" already.`)
        const outcome = await carryOut(change, { changes: [{ path: to, from, by, action: 'rename', content }], found: [found] })
        return resultOf(namespace, to, outcome)
      }),
    validate: (namespace, overlays, signal) =>
      validations.run(namespace, signal, (either) =>
        loads.run(() =>
          namespaces.change(namespace, async (change) => {
            either.throwIfAborted()
            for (const { path, content } of overlays) if (content !== null) await findToWrite(change, path, content)
            return tryOut(change, new Map(overlays.map(({ path, content }) => [path, content])), either)
          }),
        ),
      ),
    async history(namespace, { path, limit, cursor }) {
      await namespaces.folder(namespace)
      const versions = await store.versions(namespace, { path, before: cursor, limit: limit + 1 })
      const page = versions.slice(0, limit)
      return { versions: page, nextCursor: versions.length > limit ? (page.at(-1)?.id ?? null) : null }
    },
    async version(namespace, id) {
      const { content, ...version } = await findVersion(namespace, id)
      return { ...version, ...(content === null ? { content: null, encoding: 'utf8' } : toText(content)) }
    },
    async restore(namespace, id, options) {
      const { path, content } = await findVersion(namespace, id)
      if (content === null) throw new ToolDockError('conflict', `Nothing is kept of "${path}" in this version; restore the one before it.`)
      return files.save(namespace, path, content, { ...options, action: 'restore' })
    },
    draftCounts: () => store.draftCounts(),
  }
  return files

  async function findVersion(namespace: string, id: string) {
    await namespaces.folder(namespace)
    const version = await store.findVersion(namespace, id)
    if (version === undefined) throw new ToolDockError('not_found', `The history of "${namespace}" keeps no version "${id.slice(0, 80)}".`)
    return version
  }
}

/** What is wrong with the folder is an answer here. */
async function tryOut({ publish }: FolderChange, contents: ReadonlyMap<string, Buffer | null>, signal?: AbortSignal): Promise<Validation> {
  try {
    const report: ReloadReport = await publish({ contents }, signal === undefined ? { dryRun: true } : { dryRun: true, signal })
    return { report, problems: [] }
  } catch (error) {
    if (error instanceof ToolDockError && error.code === 'reload_failed') return { report: null, problems: problemsOf(error) }
    throw error
  }
}

/** A file cannot be where a folder is, nor below another file. */
function assertPlace(known: readonly { readonly path: string }[], path: string): void {
  const inWay = known.find((file) => file.path.startsWith(`${path}/`) || path.startsWith(`${file.path}/`))
  if (inWay !== undefined) throw new ToolDockError('conflict', `"${path}" cannot be written: "${inWay.path}" is in its way.`)
}

function assertDistinct(uploaded: readonly Uploaded[]): void {
  if (new Set(uploaded.map(({ path }) => path)).size < uploaded.length) throw new ToolDockError('invalid_params', 'Two of the files have one name.')
}

function notThere(namespace: string, path: string): ToolDockError {
  return new ToolDockError('not_found', `"${namespace}" has no file "${path.slice(0, 80)}".`)
}
