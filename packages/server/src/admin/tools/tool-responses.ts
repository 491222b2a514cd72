import { z } from 'zod'
import type { ToolOverride } from '../../catalog/overridden-tool.ts'
import type { ToolExample, ToolOverview, ToolPage, ToolUsage } from '../../tools/tool.types.ts'

/** The answers of the routes of tools, as the API's document shows them. */

const object = z.record(z.string(), z.unknown())

/** As it is given, stored and shown. */
export const TOOL_OVERRIDE = z
  .strictObject({
    title: z.string().min(1).max(200).exactOptional(),
    description: z.string().max(10_000).exactOptional(),
    annotations: z
      .record(z.string().max(100), z.unknown())
      .refine((annotations) => JSON.stringify(annotations).length <= 10_000, 'must be at most 10000 characters of JSON')
      .exactOptional(),
  })
  .meta({ id: 'ToolOverride' }) satisfies z.ZodType<ToolOverride>

const USAGE = z.strictObject({ calls: z.number(), errors: z.number(), p95Ms: z.number().nullable() }).meta({ id: 'ToolUsage' }) satisfies z.ZodType<ToolUsage>

export const TOOL_RESPONSE = z
  .strictObject({
    namespace: z.string(),
    kind: z.enum(['native', 'server', 'bundle', 'own']),
    name: z.string(),
    combinedName: z.string().nullable(),
    title: z.string().exactOptional(),
    description: z.string().exactOptional(),
    inputSchema: object,
    outputSchema: object.exactOptional(),
    annotations: object.exactOptional(),
    icons: z.array(z.unknown()).exactOptional(),
    enabled: z.boolean(),
    override: TOOL_OVERRIDE.nullable(),
    original: TOOL_OVERRIDE.exactOptional(),
    origin: z.strictObject({ file: z.string().exactOptional(), server: z.string().exactOptional(), bundle: z.string().exactOptional() }),
    usage: USAGE,
  })
  .meta({ id: 'Tool' }) satisfies z.ZodType<ToolOverview>

export const TOOLS_RESPONSE = z.strictObject({
  tools: z.array(TOOL_RESPONSE),
  nextCursor: z.string().nullable(),
  total: z.number(),
}) satisfies z.ZodType<ToolPage>

export const EXAMPLE_RESPONSE = z
  .strictObject({ name: z.string(), arguments: object, updatedAt: z.iso.datetime() })
  .meta({ id: 'ToolExample' }) satisfies z.ZodType<ToolExample>

export const EXAMPLES_RESPONSE = z.strictObject({ examples: z.array(EXAMPLE_RESPONSE) })
