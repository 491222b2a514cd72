import type { Logger } from 'pino'
import { z } from 'zod'
import { overriddenTool } from '../catalog/overridden-tool.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import type { ToolSettingRecord, ToolStore } from '../store/store.ts'
import type { ToolSetting } from './tool.types.ts'

const STORED_OVERRIDE = z.strictObject({
  title: z.string().exactOptional(),
  description: z.string().exactOptional(),
  annotations: z.record(z.string(), z.unknown()).exactOptional(),
})

const UNCHANGED: ToolSetting = { enabled: true, override: null }

/** What was decided about tools, in memory: what a namespace looks like is asked whenever one is published. */
export interface ToolSettings {
  /** Before anything is published. Returns the settings that cannot be read; their tools stay disabled if they were. */
  load(records: readonly ToolSettingRecord[]): readonly ToolSettingRecord[]
  of(namespace: string, tool: string): ToolSetting
  set(namespace: string, tool: string, setting: ToolSetting): void
  forget(namespace: string): void
  /** The namespace without the tools that are disabled, the others in the words of their overrides. */
  shape(namespace: PublishedNamespace): PublishedNamespace
}

export const isUnchanged = ({ enabled, override }: ToolSetting): boolean => enabled && override === null

/** As they are stored. @throws {ToolDockError} `store_unavailable` */
export async function loadToolSettings(store: Pick<ToolStore, 'listSettings'>, log: Pick<Logger, 'error'>): Promise<ToolSettings> {
  const settings = createToolSettings()
  for (const { namespace, tool } of settings.load(await store.listSettings()))
    log.error({ namespace, tool }, 'A stored override of a tool cannot be read: it is shown as its owner wrote it')
  return settings
}

export function createToolSettings(): ToolSettings {
  const settings = new Map<string, Map<string, ToolSetting>>()

  const set = (namespace: string, tool: string, setting: ToolSetting): void => {
    const own = settings.get(namespace) ?? new Map<string, ToolSetting>()
    if (isUnchanged(setting)) own.delete(tool)
    else own.set(tool, setting)
    if (own.size === 0) settings.delete(namespace)
    else settings.set(namespace, own)
  }

  return {
    set,
    load(records) {
      const unreadable: ToolSettingRecord[] = []
      for (const record of records) {
        const override = STORED_OVERRIDE.nullable().safeParse(record.override)
        if (!override.success) unreadable.push(record)
        set(record.namespace, record.tool, { enabled: record.enabled, override: override.success ? override.data : null })
      }
      return unreadable
    },
    of: (namespace, tool) => settings.get(namespace)?.get(tool) ?? UNCHANGED,
    forget: (namespace) => void settings.delete(namespace),
    shape(namespace) {
      const own = settings.get(namespace.name)
      return own === undefined ? namespace : shaped(namespace, own)
    },
  }
}

function shaped(namespace: PublishedNamespace, settings: ReadonlyMap<string, ToolSetting>): PublishedNamespace {
  const tools = namespace.tools.flatMap((tool) => {
    const { enabled, override } = settings.get(tool.name) ?? UNCHANGED
    if (!enabled) return []
    return [override === null ? tool : overriddenTool(tool, override)]
  })
  const { variantFor } = namespace
  const shown: PublishedNamespace = Object.freeze({
    ...namespace,
    tools,
    toolsByName: new Map(tools.map((tool) => [tool.name, tool])),
    ...(variantFor === undefined ? {} : { variantFor: shapedVariants(namespace, variantFor, settings, () => shown) }),
  })
  return shown
}

/** Each variant is shaped once: what is made of it is kept by its identity. */
function shapedVariants(
  namespace: PublishedNamespace,
  variantFor: NonNullable<PublishedNamespace['variantFor']>,
  settings: ReadonlyMap<string, ToolSetting>,
  whole: () => PublishedNamespace,
): NonNullable<PublishedNamespace['variantFor']> {
  // As they are now: this namespace is published anew when they change.
  const decided = new Map(settings)
  const known = new WeakMap<PublishedNamespace, PublishedNamespace>()
  const shownAs = (variant: PublishedNamespace): PublishedNamespace => {
    if (variant === namespace) return whole()
    let shown = known.get(variant)
    if (shown === undefined) known.set(variant, (shown = shaped(variant, decided)))
    return shown
  }
  return (...client) => {
    const variant = variantFor(...client)
    return variant instanceof Promise ? variant.then(shownAs) : shownAs(variant)
  }
}
