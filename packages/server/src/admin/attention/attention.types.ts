/** What may need a person. Alerts and metrics carry these names, and `docs/operating/runbook.md` has an entry for each. */
export const ATTENTION_KINDS = [
  'server_failed',
  'crash_loop',
  'server_restarting',
  'server_unhealthy',
  'namespace_broken',
  'bundle_incomplete',
  'database_unreachable',
  'records_dropped',
  'disk_space',
  'certificate_expiry',
  'secret_unreadable',
  'tool_failing',
  'draft_waiting',
  'alerts_undelivered',
] as const
export type AttentionKind = (typeof ATTENTION_KINDS)[number]

/** What the trouble is with. */
export const ATTENTION_SUBJECTS = ['namespace', 'server', 'bundle', 'disk', 'secret', 'key', 'setting', 'database', 'records'] as const

/** Something that a person should look at. */
export interface AttentionItem {
  /** The same for the same trouble, as long as it lasts. */
  readonly id: string
  readonly kind: AttentionKind
  readonly severity: 'error' | 'warning'
  readonly title: string
  /** What happened, and what to do. */
  readonly detail: string
  /** ISO 8601 UTC; null: nobody knows. */
  readonly since: string | null
  readonly subject: { readonly kind: (typeof ATTENTION_SUBJECTS)[number]; readonly name: string }
  /** Where it can be mended: a page of the web UI. */
  readonly action?: { readonly label: string; readonly href: string }
}

/** Reads memory, or asks what answers soon. */
export type AttentionSource = () => readonly AttentionItem[] | Promise<readonly AttentionItem[]>
