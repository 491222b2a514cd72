import type { Logger } from 'pino'
import type { EventBus } from '../../telemetry/event-bus.ts'
import type { AttentionItem, AttentionSource } from './attention.types.ts'

/** What changes without an event, such as free disk space, is looked at this often. */
const CHECK_MS = 30_000
/** What changes at once is looked at together. */
const SETTLE_MS = 500
const STATES = /^(server|namespace|bundle)\./

export interface Attention {
  /** The worst first. What cannot be looked at now is left out, and logged. */
  list(): Promise<readonly AttentionItem[]>
  close(): void
}

export interface AttentionParts {
  readonly sources: readonly AttentionSource[]
  readonly events: Pick<EventBus, 'publish' | 'subscribe'>
  readonly log: Pick<Logger, 'warn'>
}

/** Collects what needs a person, and tells the bus when it is another. */
export function createAttention({ sources, events, log }: AttentionParts): Attention {
  let known = ''
  let settling: NodeJS.Timeout | undefined

  const ask = async (source: AttentionSource): Promise<readonly AttentionItem[]> => {
    try {
      return await source()
    } catch (error) {
      log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'a part of what may need attention cannot be looked at')
      return []
    }
  }
  const list = async (): Promise<readonly AttentionItem[]> => {
    const items = (await Promise.all(sources.map(ask))).flat()
    return [...items.filter(isError), ...items.filter((item) => !isError(item))]
  }
  const check = async (): Promise<void> => {
    settling = undefined
    const items = await list()
    const now = JSON.stringify(items.map(({ id, severity, title }) => [id, severity, title]))
    if (now !== known) events.publish({ type: 'attention', items: items.length })
    known = now
  }

  const timer = setInterval(check, CHECK_MS)
  timer.unref()
  const unsubscribe = events.subscribe(({ type }) => {
    if (STATES.test(type)) settling ??= setTimeout(check, SETTLE_MS).unref()
  })
  return {
    list,
    close() {
      unsubscribe()
      clearInterval(timer)
      clearTimeout(settling)
    },
  }
}

const isError = ({ severity }: AttentionItem): boolean => severity === 'error'
