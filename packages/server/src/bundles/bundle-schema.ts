import { z } from 'zod'
import type { BundleConfig, BundleEntry } from './bundle.types.ts'

const ENTRIES_MAX = 200
const CHOICES_MAX = 2000

const title = z.string().min(1).max(200)
const text = z.string().max(10_000)
const ownName = z.string().min(1).max(500)
const as = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" or "-"')
  .exactOptional()
const shown = { title: title.exactOptional(), description: text.exactOptional() }
const chosen = <C>(choice: z.ZodType<C, unknown>) => z.union([z.literal('all'), z.array(choice).max(CHOICES_MAX)])

const TOOL = z
  .strictObject({ name: ownName, as, ...shown, annotations: z.record(z.string().max(100), z.unknown()).exactOptional() })
  .meta({ id: 'BundleToolChoice' })
const PROMPT = z.strictObject({ name: ownName, as, ...shown }).meta({ id: 'BundlePromptChoice' })
const RESOURCE = z.strictObject({ uri: z.string().min(1).max(4096), ...shown }).meta({ id: 'BundleResourceChoice' })
const ENTRY: z.ZodType<BundleEntry, unknown> = z.strictObject({
  namespace: z.string().min(1).max(100),
  tools: chosen(TOOL).default([]),
  resources: chosen(RESOURCE).default([]),
  prompts: chosen(PROMPT).default([]),
})

/** What a bundle is made of, as it is given and stored. */
export const BUNDLE_MEMBERS = {
  title: title.exactOptional(),
  description: text.exactOptional(),
  instructions: text.exactOptional(),
  entries: z
    .array(ENTRY)
    .max(ENTRIES_MAX)
    .refine((entries) => new Set(entries.map(({ namespace }) => namespace)).size === entries.length, 'each namespace has one entry'),
  prefix: z.boolean().default(true),
  discovery: z.enum(['list', 'search']).default('list'),
}

export const BUNDLE_CONFIG: z.ZodType<BundleConfig, unknown> = z.strictObject(BUNDLE_MEMBERS)

/** A row of the database is believed no more than a request. Undefined: it is no configuration. */
export function readBundleConfig(stored: unknown): BundleConfig | undefined {
  const parsed = BUNDLE_CONFIG.safeParse(stored)
  return parsed.success ? parsed.data : undefined
}
