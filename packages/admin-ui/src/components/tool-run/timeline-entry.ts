import { isObject } from '../../ui/schema-form/json-schema.ts'
import type { TimelineEntry } from './run.ts'

export interface EntrySummary {
  readonly kind: 'sent' | 'received' | 'progress' | 'log' | 'question'
  readonly title: string
  readonly detail: string
}

/** One line for what happened. */
export function summaryOf(entry: TimelineEntry): EntrySummary {
  switch (entry.type) {
    case 'progress':
      return {
        kind: 'progress',
        title: 'progress',
        detail: [entry.total === undefined ? entry.progress : `${entry.progress} of ${entry.total}`, entry.message].filter(Boolean).join(' · '),
      }
    case 'log':
      return { kind: 'log', title: entry.level, detail: typeof entry.data === 'string' ? entry.data : JSON.stringify(entry.data) }
    case 'input_required':
      return {
        kind: 'question',
        title: 'asks',
        detail: Object.values(entry.inputRequests)
          .map(({ method }) => method)
          .join(', '),
      }
    default:
      return { kind: entry.direction, ...messageWords(entry.message, entry.method, entry.status) }
  }
}

function messageWords(text: string, method: string | undefined, status: number | undefined): Omit<EntrySummary, 'kind'> {
  const http = method ?? (status === undefined ? '' : String(status))
  const message = parse(text)
  if (isObject(message) && typeof message.method === 'string') return { title: message.method, detail: http }
  if (isObject(message) && isObject(message.error)) return { title: 'error', detail: `${http} ${String(message.error.message ?? '')}`.trim() }
  if (isObject(message) && message.jsonrpc === '2.0' && 'result' in message) {
    const type = isObject(message.result) ? message.result.resultType : undefined
    return { title: typeof type === 'string' && type !== 'complete' ? `result (${type})` : 'result', detail: http }
  }
  return { title: text === '' ? '(no body)' : 'body', detail: http }
}

/** As people read it; a text that is no JSON stays as it is. */
export function prettyText(text: string): string {
  const value = parse(text)
  return value === undefined ? text : JSON.stringify(value, null, 2)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Cut off, or no JSON: shown as it came.
    return undefined
  }
}
