import type { ToolEntry } from '@tooldock/worker/protocol'

/** What is shown of a tool in place of what its owner wrote. */
export interface ToolOverride {
  readonly title?: string
  readonly description?: string
  /** Members that are given replace those of the tool; the others stay. */
  readonly annotations?: Readonly<Record<string, unknown>>
}

export function overriddenTool(tool: ToolEntry, { title, description, annotations }: ToolOverride): ToolEntry {
  return {
    ...tool,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(annotations === undefined ? {} : { annotations: { ...tool.annotations, ...annotations } }),
  }
}
