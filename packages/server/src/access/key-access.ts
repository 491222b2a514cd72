import { z } from 'zod'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { ROLES, type Visibility } from '../kernel/principal.ts'
import type { KeyAccess } from './api-key.types.ts'

const NAMESPACES_MAX = 1000
const TOOLS_MAX = 10_000

const NAMESPACE_NAME = z.string().regex(/^[a-z0-9](?:[a-z0-9-]|_(?!_)){0,62}$/, 'must be the name of a namespace')
/** `/` says where the tool begins. `__` does too, as in combined names, unless a third `_` leaves open to which of both it belongs. */
const QUALIFIED_TOOL = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]|_(?!_)){0,62}(?:\/|(?<!_)__(?!_)).{1,512}$/s, 'must be {namespace}/{tool}, or {namespace}__{tool} with two "_" in a row')
  .overwrite((qualified) => {
    const { namespace, tool } = splitTool(qualified)
    return `${namespace}/${tool}`
  })

/** The members of what a key allows, as API and database write them. */
export const KEY_ACCESS_MEMBERS = {
  role: z.enum(ROLES),
  namespaces: z.array(NAMESPACE_NAME).max(NAMESPACES_MAX).nullable(),
  tools: z.array(QUALIFIED_TOOL).max(TOOLS_MAX).nullable(),
  rateLimit: z.strictObject({ perSecond: z.number().positive().max(1_000_000), burst: z.number().int().min(1).max(1_000_000) }).nullable(),
  expiresAt: z.iso.datetime().nullable(),
}

export const KEY_ACCESS = z.strictObject(KEY_ACCESS_MEMBERS) satisfies z.ZodType<KeyAccess>

/** What the schema cannot say. @throws invalid_params */
export function checkKeyAccess({ role, namespaces, tools, expiresAt }: KeyAccess, nowMs: number): void {
  const refuse = (message: string) => new ToolDockError('invalid_params', message)
  if (role === 'admin' && (namespaces !== null || tools !== null))
    throw refuse('An administrator sees everything: leave out namespaces and tools, or choose another role.')
  if (role === 'author' && tools !== null) throw refuse('Who writes a namespace sees all of it: leave out tools, or choose the role caller.')
  if (expiresAt !== null && Date.parse(expiresAt) <= nowMs) throw refuse('expiresAt is in the past.')
  if (namespaces === null) return
  const outside = tools?.find((tool) => !namespaces.includes(splitTool(tool).namespace))
  if (outside !== undefined) throw refuse(`The tool ${outside} is in none of the namespaces of this key: add its namespace, or leave out the tool.`)
}

/** What a key with this access sees; undefined: everything. */
export function visibilityOf({ role, namespaces, tools }: KeyAccess): Visibility | undefined {
  if (role === 'admin') return undefined
  return { namespaces: namespaces === null ? null : new Set(namespaces), tools: tools === null ? null : byNamespace(tools) }
}

function byNamespace(tools: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>()
  for (const { namespace, tool } of tools.map(splitTool)) {
    const known = names.get(namespace)
    if (known === undefined) names.set(namespace, new Set([tool]))
    else known.add(tool)
  }
  return names
}

function splitTool(qualified: string): { readonly namespace: string; readonly tool: string } {
  const [separator = ''] = /\/|__/.exec(qualified) ?? []
  const at = qualified.indexOf(separator)
  return { namespace: qualified.slice(0, at), tool: qualified.slice(at + separator.length) }
}
