/** Tables as both databases hold them: JSON and dates are text. */
export interface Schema {
  namespaces: NamespacesTable
  generations: GenerationsTable
  signing_keys: SigningKeysTable
  secrets: SecretsTable
  servers: ServersTable
  bundles: BundlesTable
}

export interface NamespacesTable {
  name: string
  kind: string
  published: string | null
  /** JSON array. */
  permissions: string
  created_at: string
  updated_at: string
}

export interface GenerationsTable {
  namespace: string
  id: string
  created_at: string
  files_hash: string
  dependencies_id: string | null
  /** JSON. */
  manifest: string
  /** JSON. */
  catalogue: string
  catalogue_key: string
}

export interface SigningKeysTable {
  purpose: string
  /** base64 of 32 bytes. */
  key: string
  created_at: string
}

export interface SecretsTable {
  /** Empty: every namespace may use it. */
  namespace: string
  name: string
  /** base64; only servers/secrets reads it. */
  sealed: string
  set_at: string
}

export interface ServersTable {
  namespace: string
  /** JSON; only servers/ knows its form. */
  config: string
  /** JSON; null: nothing is installed. */
  installed: string | null
  /** JSON: what the server said of itself and listed; null: it has never answered. */
  listing: string | null
  listing_key: string | null
  created_at: string
  updated_at: string
}

export interface BundlesTable {
  namespace: string
  /** JSON; only bundles/ knows its form. */
  config: string
  created_at: string
  updated_at: string
}
