import type { ToolEntry } from '@tooldock/worker/protocol'
import { z } from 'zod'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import { OWN_NAMESPACE } from '../kernel/principal.ts'
import { FILE_TOOLS } from './file-tools.ts'
import type { OwnTool } from './own-tool.types.ts'
import { CALL_TOOL, CALL_TOOL_INPUT, createOwnUpstream, type OwnUpstreamDeps } from './own-upstream.ts'
import { SERVER_TOOLS } from './server-tools.ts'

const CALL_ENTRY: ToolEntry = {
  file: '',
  name: CALL_TOOL,
  title: 'Call a tool',
  description: 'Calls a tool of another namespace, as its clients would. What it asks for is passed on.',
  inputSchema: schemaOf(CALL_TOOL_INPUT),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
}

/** ToolDock as tools: the parts of the admin API that a model may use, in the order in which it needs them. */
export function createOwnNamespace({ version, ...deps }: Omit<OwnUpstreamDeps, 'tools'> & { readonly version: string }): PublishedNamespace {
  const own = [...FILE_TOOLS, ...SERVER_TOOLS]
  const tools = [...FILE_TOOLS.map(toEntry), CALL_ENTRY, ...SERVER_TOOLS.map(toEntry)]
  return Object.freeze({
    name: OWN_NAMESPACE,
    kind: 'own' as const,
    title: 'ToolDock',
    description: 'ToolDock itself: write tools, find, check and install servers, look at what happens.',
    instructions: 'Call get_instructions first.',
    generation: version,
    tools,
    resources: [],
    resourceTemplates: [],
    prompts: [],
    completions: false,
    toolsByName: new Map(tools.map((tool) => [tool.name, tool])),
    promptsByName: new Map(),
    upstream: createOwnUpstream({ ...deps, tools: new Map(own.map((tool) => [tool.name, tool])) }),
  })
}

function toEntry({ name, title, description, annotations, input }: OwnTool): ToolEntry {
  return { file: '', name, title, description, annotations, inputSchema: schemaOf(input) }
}

function schemaOf(input: z.ZodType): ToolEntry['inputSchema'] {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(input, { io: 'input' })
  return schema
}
