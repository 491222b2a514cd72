import type { ToolEntry } from '@tooldock/worker/protocol'
import type { PublishingCatalog } from '../catalog/catalog.ts'
import { combinedName } from '../catalog/combined-name.ts'
import type { PublishedNamespace, Snapshot } from '../catalog/snapshot.ts'

/** A tool as its owner published it. */
export interface IndexedTool {
  readonly namespace: PublishedNamespace
  readonly tool: ToolEntry
  /** What a search looks in. */
  readonly text: string
}

/** Every tool that is published or would be if it were enabled, by namespace and name. Made once for each snapshot. */
export function createToolIndex(catalog: PublishingCatalog): () => readonly IndexedTool[] {
  let snapshot: Snapshot | undefined
  let index: readonly IndexedTool[] = []
  return () => {
    if (snapshot === catalog.current) return index
    snapshot = catalog.current
    index = [...snapshot.namespaces.keys()].flatMap((name) => {
      const namespace = catalog.original(name)
      if (namespace === undefined) return []
      const shown = snapshot?.namespaces.get(name)?.toolsByName
      // A server lists in an order of its own.
      return [...namespace.tools].sort(byName).map((tool) => ({ namespace, tool, text: textOf(name, tool, shown?.get(tool.name)) }))
    })
    return index
  }
}

const byName = (a: ToolEntry, b: ToolEntry): number => (a.name < b.name ? -1 : 1)

/** Words of a tool as its owner wrote it, and as callers read it. */
function textOf(namespace: string, tool: ToolEntry, shown: ToolEntry | undefined): string {
  const words = [namespace, tool.name, combinedName(namespace, tool.name), tool.title, tool.description]
  if (shown !== undefined && shown !== tool) words.push(shown.title, shown.description)
  return words.join('\n').toLowerCase()
}
