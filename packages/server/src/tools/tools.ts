import type { ToolEntry } from '@tooldock/worker/protocol'
import type { PublishingCatalog } from '../catalog/catalog.ts'
import { combinedName } from '../catalog/combined-name.ts'
import { overriddenTool, type ToolOverride } from '../catalog/overridden-tool.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { ToolExampleRecord, ToolStore } from '../store/store.ts'
import {
  type ReadUsage,
  type Sees,
  type ToolExample,
  type ToolOrigin,
  type ToolOverview,
  type ToolPage,
  type ToolPatch,
  type ToolQuery,
  type ToolService,
  type ToolSetting,
  type ToolUsage,
  toolKey,
} from './tool.types.ts'
import { createToolIndex, type IndexedTool } from './tool-index.ts'
import { isUnchanged, type ToolSettings } from './tool-settings.ts'

export interface ToolsDeps {
  readonly config: Pick<Config, 'toolSettingsMax' | 'toolExamplesMax' | 'toolExampleBytesMax'>
  readonly store: ToolStore
  readonly catalog: PublishingCatalog
  readonly settings: ToolSettings
  readonly usage: ReadUsage
  /** A setting has changed and is published. */
  readonly onChange: (namespace: string, tool: string) => void
}

const NO_USAGE: ToolUsage = { calls: 0, errors: 0, p95Ms: null }

export function createTools(deps: ToolsDeps): ToolService {
  return new Tools(deps)
}

class Tools implements ToolService {
  readonly #deps: ToolsDeps
  readonly #index: () => readonly IndexedTool[]
  /** Changes one after the other: each is stored and published as a whole before the next begins. */
  #changes: Promise<unknown> = Promise.resolve()

  constructor(deps: ToolsDeps) {
    this.#deps = deps
    this.#index = createToolIndex(deps.catalog)
  }

  async list({ namespace, search, limit, cursor }: ToolQuery, sees: Sees): Promise<ToolPage> {
    const words = (search ?? '').toLowerCase().split(/\s+/).filter(Boolean)
    const matching = this.#index().filter(
      ({ namespace: { name }, tool, text }) =>
        (namespace === undefined || name === namespace) && words.every((word) => text.includes(word)) && sees(name, tool.name),
    )
    const after = cursor === undefined ? undefined : readCursor(cursor)
    const rest = after === undefined ? matching : matching.filter((entry) => isAfter(entry, after))
    const page = rest.slice(0, limit)
    const last = page.at(-1)
    const usage = await this.#deps.usage()
    return {
      tools: page.map((entry) => this.#overview(entry.namespace, entry.tool, usage)),
      nextCursor: last !== undefined && rest.length > page.length ? cursorOf(last) : null,
      total: matching.length,
    }
  }

  async get(namespace: string, name: string): Promise<ToolOverview> {
    const { published, tool } = this.#find(namespace, name)
    return this.#overview(published, tool, await this.#deps.usage())
  }

  change(namespace: string, name: string, patch: ToolPatch): Promise<ToolOverview> {
    return this.#inTurn(() => this.#change(namespace, name, patch))
  }

  forget(namespace: string): Promise<void> {
    const { store, settings } = this.#deps
    return this.#inTurn(async () => {
      await store.removeAll(namespace)
      settings.forget(namespace)
    })
  }

  async examples(namespace: string, tool: string): Promise<readonly ToolExample[]> {
    this.#find(namespace, tool)
    return (await this.#deps.store.listExamples(namespace, tool)).map(toExample)
  }

  async example(namespace: string, tool: string, name: string): Promise<ToolExample> {
    const found = (await this.examples(namespace, tool)).find((example) => example.name === name)
    if (found === undefined) throw noExample(namespace, tool, name)
    return found
  }

  async saveExample(namespace: string, tool: string, name: string, args: Readonly<Record<string, unknown>>): Promise<ToolExample> {
    const { store, config } = this.#deps
    this.#find(namespace, tool)
    if (Buffer.byteLength(JSON.stringify(args)) > config.toolExampleBytesMax)
      throw new ToolDockError('payload_too_large', `The arguments have more than ${config.toolExampleBytesMax} bytes, which is TOOL_EXAMPLE_BYTES_MAX.`)
    const saved = await store.setExample({ namespace, tool, name, arguments: args }, config.toolExamplesMax)
    if (saved === undefined)
      throw new ToolDockError('conflict', `"${tool}" has as many examples as TOOL_EXAMPLES_MAX (${config.toolExamplesMax}) allows: remove one first.`)
    return toExample(saved)
  }

  async removeExample(namespace: string, tool: string, name: string): Promise<void> {
    if (!(await this.#deps.store.removeExample(namespace, tool, name))) throw noExample(namespace, tool, name)
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(change)
    // The next change does not fail for this one; whoever asked for this one is told.
    this.#changes = done.catch(() => {})
    return done
  }

  async #change(namespace: string, name: string, patch: ToolPatch): Promise<ToolOverview> {
    const { config, store, settings, catalog, onChange } = this.#deps
    this.#find(namespace, name)
    const before = settings.of(namespace, name)
    const next: ToolSetting = { ...before, ...patch, ...(patch.override === undefined ? {} : { override: nonEmpty(patch.override) }) }
    if (isUnchanged(next)) await store.removeSetting(namespace, name)
    else if (!(await store.setSetting({ namespace, tool: name, ...next }, config.toolSettingsMax)))
      throw new ToolDockError('conflict', `As many tools as TOOL_SETTINGS_MAX (${config.toolSettingsMax}) are disabled or overridden: set one back first.`)
    settings.set(namespace, name, next)
    catalog.reshape(namespace, [{ type: 'listChanged', namespace, lists: new Set(['tools']) }])
    onChange(namespace, name)
    return this.get(namespace, name)
  }

  #find(namespace: string, name: string): { readonly published: PublishedNamespace; readonly tool: ToolEntry } {
    const published = this.#deps.catalog.original(namespace)
    if (published === undefined) throw new ToolDockError('namespace_not_found', `There is no namespace "${namespace}".`)
    const tool = published.toolsByName.get(name)
    if (tool === undefined) throw new ToolDockError('tool_not_found', `There is no tool "${name}" in the namespace "${namespace}".`)
    return { published, tool }
  }

  #overview(published: PublishedNamespace, tool: ToolEntry, usage: ReadonlyMap<string, ToolUsage>): ToolOverview {
    const { enabled, override } = this.#deps.settings.of(published.name, tool.name)
    const { file, timeoutSeconds: _timeout, _meta, ...shown } = override === null ? tool : overriddenTool(tool, override)
    return {
      namespace: published.name,
      kind: published.kind,
      ...shown,
      combinedName: published.kind === 'bundle' ? null : combinedName(published.name, tool.name),
      enabled,
      override,
      ...(override === null ? {} : { original: originalOf(tool, override) }),
      origin: originOf(published, file),
      usage: usage.get(toolKey(published.name, tool.name)) ?? NO_USAGE,
    }
  }
}

/** What the override hides. */
function originalOf({ title, description, annotations }: ToolEntry, override: ToolOverride): ToolOverride {
  return {
    ...(override.title === undefined || title === undefined ? {} : { title }),
    ...(override.description === undefined || description === undefined ? {} : { description }),
    ...(override.annotations === undefined || annotations === undefined ? {} : { annotations }),
  }
}

function originOf({ kind, name }: PublishedNamespace, file: string): ToolOrigin {
  if (kind === 'native') return { file }
  return kind === 'own' ? {} : { [kind]: name }
}

/** An override that says nothing is none. */
function nonEmpty(override: ToolOverride | null): ToolOverride | null {
  return override === null || Object.keys(override).length === 0 ? null : override
}

function toExample({ name, arguments: args, updatedAt }: ToolExampleRecord): ToolExample {
  return { name, arguments: args, updatedAt }
}

function noExample(namespace: string, tool: string, name: string): ToolDockError {
  return new ToolDockError('not_found', `"${tool}" of "${namespace}" has no example "${name.slice(0, 80)}".`)
}

/** A cursor names the last tool of the page before, so that it stays right when tools come and go between pages. */
const cursorOf = ({ namespace, tool }: IndexedTool): string => Buffer.from(JSON.stringify([namespace.name, tool.name])).toString('base64url')

type Place = readonly [namespace: string, tool: string]

function readCursor(cursor: string): Place {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(place) && typeof place[0] === 'string' && typeof place[1] === 'string') return [place[0], place[1]]
  } catch {
    // No JSON: it was not made here, as is said below.
  }
  throw new ToolDockError('invalid_params', 'The cursor is not one that this list gave: begin without one.')
}

function isAfter({ namespace: { name }, tool }: IndexedTool, [namespace, last]: Place): boolean {
  return name === namespace ? tool.name > last : name > namespace
}
