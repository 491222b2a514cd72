/** Something that a person should look at. */
export interface AttentionItem {
  /** The same for the same trouble, as long as it lasts. */
  readonly id: string
  readonly severity: 'error' | 'warning'
  readonly title: string
  /** What happened, and what to do. */
  readonly detail: string
  /** ISO 8601 UTC; null: nobody knows. */
  readonly since: string | null
  readonly subject: { readonly kind: 'namespace' | 'server' | 'bundle' | 'disk' | 'secret' | 'key' | 'setting'; readonly name: string }
  /** Where it can be mended: a page of the web UI. */
  readonly action?: { readonly label: string; readonly href: string }
}

/** Reads memory, or asks what answers soon. */
export type AttentionSource = () => readonly AttentionItem[] | Promise<readonly AttentionItem[]>
