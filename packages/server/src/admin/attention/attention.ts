import type { Logger } from 'pino'
import type { EventBus } from '../../telemetry/event-bus.ts'
import { ATTENTION_KINDS, type AttentionItem, type AttentionKind, type AttentionSource } from './attention.types.ts'

/** What changes at once is looked at together. */
const SETTLE_MS = 500
/** A source that takes longer is asked again the next time. */
const SOURCE_TIMEOUT_MS = 5000
const STATES = /^(server|namespace|bundle)\./

export interface Attention {
  /** The worst first. Of what cannot be looked at now, what was known last; that is logged. */
  list(): Promise<readonly AttentionItem[]>
  /** How many of each kind there were when it was looked last. */
  counts(): Readonly<Record<AttentionKind, number>>
  close(): void
}

export interface AttentionParts {
  readonly sources: readonly AttentionSource[]
  /** What changes without an event, such as free disk space, is looked at this often. */
  readonly checkMs: number
  readonly events: Pick<EventBus, 'publish' | 'subscribe'>
  /** Told what there is, each time it was looked. Must not throw. */
  readonly onItems?: (items: readonly AttentionItem[]) => void
  readonly log: Pick<Logger, 'warn'>
}

/** Collects what needs a person, and tells the bus when it is another. */
export function createAttention({ sources, checkMs, events, onItems, log }: AttentionParts): Attention {
  const asked = sources.map((source) => ({ source, items: [] as readonly AttentionItem[] }))
  let known = ''
  let settling: NodeJS.Timeout | undefined
  let isClosed = false

  const ask = async (part: (typeof asked)[number]): Promise<readonly AttentionItem[]> => {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${SOURCE_TIMEOUT_MS} ms`)), SOURCE_TIMEOUT_MS)
    try {
      part.items = await Promise.race([part.source(), late.promise])
    } catch (error) {
      // What was known stays: trouble does not end because nobody can look.
      log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'a part of what may need attention cannot be looked at')
    } finally {
      clearTimeout(timer)
    }
    return part.items
  }
  const list = async (): Promise<readonly AttentionItem[]> => {
    const items = (await Promise.all(asked.map(ask))).flat()
    return [...items.filter(isError), ...items.filter((item) => !isError(item))]
  }
  const check = async (): Promise<void> => {
    settling = undefined
    const items = await list()
    if (isClosed) return
    onItems?.(items)
    const now = JSON.stringify(items.map(({ id, severity, title }) => [id, severity, title]))
    if (now !== known) events.publish({ type: 'attention', items: items.length })
    known = now
  }
  const checkSoon = (): void => {
    settling ??= setTimeout(check, SETTLE_MS).unref()
  }

  const timer = setInterval(check, checkMs)
  timer.unref()
  const unsubscribe = events.subscribe(({ type }) => {
    if (STATES.test(type)) checkSoon()
  })
  return {
    list,
    counts() {
      const counts = Object.fromEntries(ATTENTION_KINDS.map((kind) => [kind, 0])) as Record<AttentionKind, number>
      for (const { items } of asked) for (const { kind } of items) counts[kind]++
      return counts
    },
    close() {
      isClosed = true
      unsubscribe()
      clearInterval(timer)
      clearTimeout(settling)
    },
  }
}

const isError = ({ severity }: AttentionItem): boolean => severity === 'error'
