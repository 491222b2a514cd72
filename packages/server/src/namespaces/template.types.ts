/** A folder to begin a namespace with. */
export interface Template {
  readonly id: string
  readonly title: string
  readonly description: string
  /** Text files, by path. */
  readonly files: readonly { readonly path: string; readonly content: string }[]
}
