import { MANIFEST } from '@tooldock/worker/manifest'
import { z } from 'zod'
import { ToolDockError } from '../errors/tooldock-error.ts'

const { title, description, instructions, env, limits, permissions, keepWarm } = MANIFEST.shape
const orNull = <T extends z.ZodType>(schema: T) => z.union([schema, z.null()]).exactOptional()

/** What of a `tooldock.json` is to be another: what is missing stays, null removes. Limits are changed one by one. */
export const MANIFEST_PATCH = z.strictObject({
  title: orNull(title.unwrap()),
  description: orNull(description.unwrap()),
  instructions: orNull(instructions.unwrap()),
  env: orNull(env.unwrap()),
  limits: z.partialRecord(z.enum(Object.keys(limits.unwrap().shape)), z.number().nullable()).exactOptional(),
  permissions: orNull(permissions.unwrap()),
  keepWarm: orNull(keepWarm.unwrap()),
})
export type ManifestPatch = z.infer<typeof MANIFEST_PATCH>

/**
 * The text of a `tooldock.json` with the patch laid over it; its own order and whatever else is in it stay.
 * @throws {ToolDockError} `conflict`: the text is not the JSON of an object, so that there is nothing to change
 */
export function patchManifest(text: string, { limits: changedLimits, ...members }: ManifestPatch): string {
  const manifest = parse(text)
  const next = withChanges(manifest, members)
  if (changedLimits === undefined) return toText(next)
  const before = typeof manifest.limits === 'object' && manifest.limits !== null ? { ...manifest.limits } : {}
  const after = withChanges(before, changedLimits)
  return toText(withChanges(next, { limits: Object.keys(after).length === 0 ? null : after }))
}

function parse(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Said below; where it is broken is said by whoever loads the folder.
  }
  const object = z.record(z.string(), z.unknown()).safeParse(value)
  if (!object.success) throw new ToolDockError('conflict', 'The tooldock.json of this namespace cannot be read: correct it in the editor first.')
  return object.data
}

function withChanges(before: Readonly<Record<string, unknown>>, changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null && value !== undefined))
}

const toText = (manifest: unknown): string => `${JSON.stringify(manifest, null, 2)}\n`
