/** Tables as both databases hold them: JSON and dates are text. */
export interface Schema {
  namespaces: NamespacesTable
  generations: GenerationsTable
  signing_keys: SigningKeysTable
  secrets: SecretsTable
  servers: ServersTable
  bundles: BundlesTable
  file_drafts: FileDraftsTable
  file_versions: FileVersionsTable
  calls: CallsTable
  call_counts: CallCountsTable
  audit: AuditTable
  tool_settings: ToolSettingsTable
  tool_examples: ToolExamplesTable
  api_keys: ApiKeysTable
  sign_ins: SignInsTable
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

export interface ApiKeysTable {
  id: string
  name: string
  /** The first characters of the key, by which people know it. */
  prefix: string
  /** SHA-256 of the key, base64url. */
  hash: string
  /** JSON; only access/ knows its form. */
  access: string
  last_used_at: string | null
  created_at: string
  created_by: string
}

export interface SignInsTable {
  /** Only access/ knows of what; the cookie cannot be told from it. */
  hash: string
  principal: string
  expires_at: string
}

export interface ToolSettingsTable {
  namespace: string
  tool: string
  /** 0 or 1. */
  enabled: number
  /** JSON; null: the tool is shown as its owner wrote it. */
  override: string | null
  updated_at: string
}

export interface ToolExamplesTable {
  namespace: string
  tool: string
  name: string
  /** JSON object. */
  arguments: string
  updated_at: string
}

/** Numbers of 64 bits come back as text from PostgreSQL. */
export interface CallsTable {
  /** See telemetry/time-ids.ts. */
  id: number
  namespace: string
  method: string
  name: string
  protocol: string
  era: string
  principal: string
  duration_ms: number
  outcome: string
  /** 0 or 1. */
  failed: number
  request_bytes: number
  result_bytes: number
  request_id: string
  client: string | null
  /** JSON; null: not kept. */
  arguments: string | null
}

/** Calls of the same members whose durations fell into one bucket, by the minute and by the hour. */
export interface CallCountsTable {
  step_ms: number
  at_ms: number
  namespace: string
  name: string
  method: string
  protocol: string
  principal: string
  outcome: string
  bucket: number
  count: number
}

export interface AuditTable {
  /** See telemetry/time-ids.ts. */
  id: number
  principal: string
  action: string
  subject: string
  status: number
  request_id: string
  /** JSON. */
  details: string
}

export interface FileDraftsTable {
  namespace: string
  path: string
  /** base64. */
  content: string
  bytes: number
  /** JSON array. */
  problems: string
  saved_by: string
  saved_at: string
}

export interface FileVersionsTable {
  namespace: string
  /** Sorts by time. */
  id: string
  path: string
  from_path: string | null
  changed_by: string
  changed_at: string
  action: string
  /** Of the content that is kept; 0 without. */
  bytes: number
  etag: string | null
  /** base64; null: the file was deleted, or is too large to keep. */
  content: string | null
}
