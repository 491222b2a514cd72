import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Store } from '../store/store.ts'
import { listFolders } from './folder.ts'
import type { Generations } from './generations.ts'
import { isNamespaceName } from './namespace-name.ts'
import { hasUnpublishedChanges, type NamespaceEntry, type NamespaceRegistry, type Published } from './namespace-registry.ts'
import type { Publisher } from './publisher.ts'
import { recoverEdits } from './recover-edits.ts'
import { seedExamples } from './seed-examples.ts'

export interface BootDeps {
  readonly toolsDir: string
  readonly examplesDir?: string
  readonly loadsAtOnceMax: number
  readonly registry: NamespaceRegistry
  readonly publisher: Publisher
  readonly generations: Generations
  readonly store: Pick<Store, 'namespaces' | 'generations'>
  readonly log: Logger
}

/**
 * Publishes every stored generation from its stored catalogue; no process is started. What takes longer (folders that
 * are new, changes to notice, catalogues of another runtime, leftovers) is the function that is answered: it calls
 * `onLoaded` when every new folder was tried, and never rejects.
 * @throws {ToolDockError} `store_unavailable`
 */
export async function boot(deps: BootDeps): Promise<(onLoaded: () => void) => Promise<void>> {
  const { store, toolsDir, examplesDir, registry, log } = deps
  const records = await store.namespaces.list()
  if (records.length === 0 && examplesDir !== undefined) {
    const seeded = await seedExamples(examplesDir, toolsDir)
    if (seeded.length > 0) log.info({ namespaces: seeded }, 'Copied the example namespaces into the empty tools directory')
  }
  for (const { name, permissions } of records) registry.ensure(name).accepted = permissions
  const { names, ignored } = await listFolders(toolsDir)
  for (const { name, reason } of ignored) log.warn({ folder: name }, `The folder "${name}" is not served: ${reason}`)
  for (const name of names) registry.ensure(name)
  await recoverAll(deps, names)
  await publishStored(deps)
  const published = new Set(records.filter((record) => record.published !== null).map(({ name }) => name))
  const fresh = names.filter((name) => !published.has(name))
  return (onLoaded) => settle(deps, fresh, onLoaded)
}

/** What changes that were killed left half done; before anything looks at a folder. */
async function recoverAll({ store, toolsDir, log }: BootDeps, names: readonly string[]): Promise<void> {
  const published = new Map((await store.generations.listPublished()).map(({ namespace, id }) => [namespace, id]))
  for (const namespace of names) {
    try {
      const undone = await recoverEdits(join(toolsDir, namespace), published.get(namespace))
      if (undone > 0) log.warn({ namespace, undone }, `A change of "${namespace}" that was interrupted has been undone`)
    } catch (error) {
      log.warn({ namespace, err: error }, 'What an earlier change left in the folder could not be undone')
    }
  }
}

async function publishStored({ store, registry, publisher, generations, log }: BootDeps): Promise<void> {
  const stored = new Map<NamespaceEntry, Published>()
  for (const record of await store.generations.listPublished()) {
    const entry = registry.ensure(record.namespace)
    const copy = generations.locate(entry.name, record)
    if (await generations.exists(copy)) {
      const generation = publisher.generationOf(entry, record, copy)
      stored.set(entry, { record, generation, upstream: registry.createUpstream(generation) })
      continue
    }
    const message = `The published generation ${record.id} is missing on disk; a reload publishes the folder as it is.`
    entry.problems = [{ file: '.', code: 'generation_missing', message }]
    log.error({ namespace: entry.name }, message)
  }
  registry.publishStored(stored)
}

async function settle(deps: BootDeps, fresh: string[], onLoaded: () => void): Promise<void> {
  const { toolsDir, registry, generations, loadsAtOnceMax, log } = deps
  try {
    await Promise.all(Array.from({ length: loadsAtOnceMax }, () => publishFresh(deps, fresh)))
    onLoaded()
    for (const entry of registry.entries()) if (isKeptWarm(entry)) await warmLogged(deps, entry)
    for (const name of await generations.namespaces()) if (isNamespaceName(name)) registry.ensure(name)
    const known = registry.entries()
    for (const entry of known) await notice(deps, entry)
    for (const entry of known) await tidyLogged(deps, entry)
    for (const name of await readdir(toolsDir)) if (/^\.(removed|new)-/.test(name)) await rm(join(toolsDir, name), { recursive: true, force: true })
    for (const entry of known) await relistLogged(deps, entry)
  } catch (error) {
    if (!registry.closing) log.error({ err: error }, 'Looking after the namespaces failed; what is published is served')
  }
}

/** Folders that were never published go live at the first start that sees them. */
async function publishFresh({ registry, publisher, log }: BootDeps, waiting: string[]): Promise<void> {
  for (let name = waiting.shift(); name !== undefined && !registry.closing; name = waiting.shift()) {
    const entry = registry.ensure(name)
    try {
      const { generation, warnings } = await registry.change(entry, () => publisher.publishFolder(entry, false))
      // It has only listed the folder; nobody has called it yet.
      if (!isKeptWarm(entry)) await entry.published?.upstream.rest()
      log.info({ namespace: name, generation, warnings }, `Published "${name}"`)
    } catch (error) {
      if (registry.closing) return
      if (error instanceof ToolDockError) log.warn({ namespace: name, details: error.details }, `"${name}" is not published: ${error.message}`)
      else log.error({ namespace: name, err: error }, `"${name}" could not be published`)
    }
  }
}

const isKeptWarm = (entry: NamespaceEntry): boolean => entry.published?.generation.manifest.keepWarm === true

/** A namespace with `keepWarm` has its worker before the first call. */
async function warmLogged({ registry, log }: BootDeps, entry: NamespaceEntry): Promise<void> {
  try {
    await entry.published?.upstream.load()
  } catch (error) {
    if (!registry.closing) log.warn({ namespace: entry.name, err: error }, `The worker of "${entry.name}" could not be started; the next call tries again`)
  }
}

/** Edits never go live by a restart; they are only said. */
async function notice({ registry, publisher, log }: BootDeps, entry: NamespaceEntry): Promise<void> {
  if (registry.closing) return
  await publisher.look(entry)
  if (entry.published === undefined) return
  if (entry.folder.kind === 'missing')
    log.warn({ namespace: entry.name }, `The folder of "${entry.name}" is gone; its last generation is served until a reload withdraws it`)
  else if (hasUnpublishedChanges(entry)) log.warn({ namespace: entry.name }, `"${entry.name}" has unpublished changes; a reload publishes them`)
}

async function relistLogged({ registry, publisher, log }: BootDeps, entry: NamespaceEntry): Promise<void> {
  if (registry.closing) return
  try {
    await registry.change(entry, () => publisher.relist(entry))
  } catch (error) {
    if (!registry.closing) log.warn({ namespace: entry.name, err: error }, `"${entry.name}" could not be listed with this version; its stored lists are served`)
  }
}

/** Removing what is no longer needed may fail without harm: the next publication or start tries again. */
export async function tidyLogged({ registry, publisher, log }: Pick<BootDeps, 'registry' | 'publisher' | 'log'>, entry: NamespaceEntry): Promise<void> {
  try {
    await registry.change(entry, () => publisher.tidy(entry))
  } catch (error) {
    if (!(error instanceof ToolDockError)) log.warn({ namespace: entry.name, err: error }, 'Old generations could not be removed')
  }
}
