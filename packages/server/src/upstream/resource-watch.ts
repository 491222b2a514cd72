/** Counts who watches a resource: the server is told of the first and of the last. */
export class ResourceWatch {
  readonly #counts = new Map<string, number>()
  readonly #onFirst: (uri: string) => void
  readonly #onLast: (uri: string) => void

  constructor(onFirst: (uri: string) => void, onLast: (uri: string) => void) {
    this.#onFirst = onFirst
    this.#onLast = onLast
  }

  get size(): number {
    return this.#counts.size
  }

  uris(): MapIterator<string> {
    return this.#counts.keys()
  }

  /** The returned function ends it, once. */
  add(uri: string): () => void {
    const count = this.#counts.get(uri) ?? 0
    this.#counts.set(uri, count + 1)
    if (count === 0) this.#onFirst(uri)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#end(uri)
    }
  }

  #end(uri: string): void {
    const count = this.#counts.get(uri) ?? 0
    if (count > 1) {
      this.#counts.set(uri, count - 1)
      return
    }
    this.#counts.delete(uri)
    this.#onLast(uri)
  }
}
