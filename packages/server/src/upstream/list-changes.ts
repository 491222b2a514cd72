import type { ConnectionEvent } from './mcp-connection.types.ts'

type List = 'tools' | 'prompts' | 'resources'

/** Servers announce a change of ten tools ten times: announcements this close together become one. In milliseconds. */
const GATHER_MS = 25

const LISTS: Readonly<Record<string, List>> = {
  'notifications/tools/list_changed': 'tools',
  'notifications/prompts/list_changed': 'prompts',
  'notifications/resources/list_changed': 'resources',
}

/** Gathers what a server announces of its lists. */
export class ListChanges {
  readonly #onEvent: (event: ConnectionEvent) => void
  readonly #changed = new Set<List>()
  #timer: NodeJS.Timeout | undefined

  constructor(onEvent: (event: ConnectionEvent) => void) {
    this.#onEvent = onEvent
  }

  /** Takes a notification; false when it is about something else. */
  hear(method: string): boolean {
    const list = LISTS[method]
    if (list !== undefined) this.note(list)
    return list !== undefined
  }

  note(list: List): void {
    this.#changed.add(list)
    this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#changed.clear()
  }

  #tell(): void {
    this.#timer = undefined
    const lists = [...this.#changed]
    this.#changed.clear()
    for (const list of lists) this.#onEvent({ type: 'listChanged', list })
  }
}
