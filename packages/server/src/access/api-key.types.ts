import type { Principal, RateLimit, Role, Visibility } from '../kernel/principal.ts'

/** What a key allows. */
export interface KeyAccess {
  readonly role: Role
  /** Names, of namespaces that need not exist yet. Null: all, also future ones. */
  readonly namespaces: readonly string[] | null
  /** `{namespace}/{tool}`; then prompts and resources are not seen. Null: all that the namespaces have. */
  readonly tools: readonly string[] | null
  /** Null: that of RATE_LIMIT_PER_SECOND, when rates are limited. */
  readonly rateLimit: RateLimit | null
  /** ISO 8601 UTC; null: it does not expire. */
  readonly expiresAt: string | null
}

/** A key as it may be shown. */
export interface ApiKey extends KeyAccess {
  readonly id: string
  readonly name: string
  /** The first characters of the key. */
  readonly prefix: string
  readonly state: 'active' | 'expired'
  readonly lastUsedAt: string | null
  readonly createdAt: string
  /** Id of the principal that made it. */
  readonly createdBy: string
}

export interface KeyChange {
  readonly id: string
  readonly change: 'created' | 'updated' | 'expired' | 'removed'
  /** What is open for it must end: it allows nothing any more, or not the same. */
  readonly ends: boolean
}

/** What is missing stays. */
export type KeyPatch = { readonly name?: string } & Partial<KeyAccess>

/**
 * The API keys. All are held in memory, so that to know one costs a hash and a look-up, and no query.
 * Methods that change one throw `invalid_params`, `not_found`, `conflict`, `store_unavailable`.
 */
export interface ApiKeys {
  /** Oldest first. */
  list(): readonly ApiKey[]
  get(id: string): ApiKey
  /** Undefined: everything. */
  seenBy(id: string): Visibility | undefined
  /** `secret` is the key itself; it is kept nowhere. */
  create(name: string, access: KeyAccess, createdBy: string): Promise<{ readonly key: ApiKey; readonly secret: string }>
  update(id: string, patch: KeyPatch): Promise<ApiKey>
  remove(id: string): Promise<void>
  /** Who holds this key; undefined: it is unknown or has expired. Notes that it was used. */
  find(secret: string): Principal | undefined
  /** Who came in by a key of this id, such as a browser that signed in with it; else as `find`. */
  principalOf(id: string): Principal | undefined
  /** Returns the unsubscribe function. Listeners must not throw. */
  subscribe(listener: (change: KeyChange) => void): () => void
  /** Writes down what is not yet of when keys were used. */
  close(): Promise<void>
}
