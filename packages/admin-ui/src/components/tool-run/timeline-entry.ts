import { isObject } from '../../ui/schema-form/json-schema.ts'
import type { TimelineEntry } from './run.ts'

export interface EntrySummary {
  readonly kind: 'sent' | 'received' | 'progress' | 'log' | 'question'
  readonly title: string
  readonly detail: string
}

/** One line for a message: what it is in MCP's terms, and the part of it that people look for. */
export function summaryOf({ message: text, direction, method, status }: TimelineEntry): EntrySummary {
  const http = method ?? (status === undefined ? '' : String(status))
  const message = parse(text)
  const plain: EntrySummary = { kind: direction, title: text === '' ? '(no body)' : 'body', detail: http }
  if (!isObject(message)) return plain
  if (typeof message.method === 'string') return methodSummary(message.method, isObject(message.params) ? message.params : {}, direction, http)
  if (isObject(message.error)) return { kind: direction, title: 'error', detail: `${http} ${String(message.error.message ?? '')}`.trim() }
  if (message.jsonrpc !== '2.0' || !('result' in message)) return plain
  const type = isObject(message.result) ? message.result.resultType : undefined
  if (type === 'input_required') return { kind: 'question', title: 'result', detail: `${http} input required`.trim() }
  return { kind: direction, title: 'result', detail: http }
}

function methodSummary(method: string, params: Readonly<Record<string, unknown>>, direction: EntrySummary['kind'], http: string): EntrySummary {
  if (method === 'notifications/progress') {
    const { progress, total, message } = params
    const words = [total === undefined ? progress : `${progress} of ${total}`, message].filter((part) => part !== undefined)
    return { kind: 'progress', title: 'progress', detail: words.join(' · ') }
  }
  if (method === 'notifications/message') {
    const { level, data } = params
    return { kind: 'log', title: String(level), detail: typeof data === 'string' ? data : JSON.stringify(data) }
  }
  const isQuestion = direction === 'received' && !method.startsWith('notifications/')
  return { kind: isQuestion ? 'question' : direction, title: method, detail: http }
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
