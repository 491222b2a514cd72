/** What a principal may do, each with everything before it: call and read, change native namespaces, everything. */
export const ROLES = ['caller', 'author', 'admin'] as const
export type Role = (typeof ROLES)[number]

/**
 * The part of what is published that exists for a principal. Equal parts are one object, so that what is made for one can be
 * kept for all.
 */
export interface Visibility {
  /** Null: every namespace, also future ones. */
  readonly namespaces: ReadonlySet<string> | null
  /** By namespace, tool names as it calls them; nothing else of it is seen, neither prompts nor resources. Null: all it has. */
  readonly tools: ReadonlyMap<string, ReadonlySet<string>> | null
}

/** A sustained rate, and how many requests may come at once after a pause. */
export interface RateLimit {
  readonly perSecond: number
  readonly burst: number
}

/** Who is calling. `id` is stable and safe to log; it is never a secret. */
export interface Principal {
  readonly kind: 'token' | 'anonymous' | 'key'
  readonly id: string
  readonly name: string
  readonly role: Role
  /** Undefined: everything, which only administrators see. */
  readonly sees: Visibility | undefined
  /** Its own, whatever the settings say. */
  readonly rateLimit?: RateLimit
}

/** `AUTH_DISABLED=true`: everyone who can reach the loopback address. */
export const ANONYMOUS: Principal = { kind: 'anonymous', id: 'anonymous', name: 'anonymous', role: 'admin', sees: undefined }
/** The holder of `BEARER_TOKEN`. */
export const TOKEN_HOLDER: Principal = { kind: 'token', id: 'token', name: 'token', role: 'admin', sees: undefined }

export function hasRole({ role }: Principal, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

/** The gateway's own namespace, through which it is changed: it exists for administrators alone. */
export const OWN_NAMESPACE = 'tooldock'

/** Does a namespace, or with `tool` (as the namespace calls it) a tool of it, exist for this principal? */
export function canSee({ sees }: Pick<Principal, 'sees'>, namespace: string, tool?: string): boolean {
  if (sees === undefined) return true
  if (namespace === OWN_NAMESPACE) return false
  if (sees.namespaces !== null && !sees.namespaces.has(namespace)) return false
  if (sees.tools === null) return true
  const tools = sees.tools.get(namespace)
  return tools !== undefined && (tool === undefined || tools.has(tool))
}
