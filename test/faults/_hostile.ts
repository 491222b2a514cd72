import { mutateBytes, mutateJson, oddString, oddValue } from './_mutate.ts'
import type { Random } from './_random.ts'

/** Lines that no client should be sent, about a request of this id; none of them is its right answer. */
export function hostileLines(random: Random, id: unknown): Buffer {
  const messages: readonly unknown[] = [
    { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'x' }] } },
    { jsonrpc: '2.0', id, error: { code: -32000, message: 'no', data: { a: 1 } } },
    { jsonrpc: '2.0', id: oddValue(random), result: {} },
    { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: id, progress: 1, total: 2, message: 'x' } },
    { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: oddString(random) } },
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } },
    { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: oddString(random) } },
    { jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } },
    { jsonrpc: '2.0', id: 2, method: 'elicitation/create', params: { message: 'x', requestedSchema: { type: 'object', properties: {} } } },
    { jsonrpc: '2.0', id: 3, method: 'roots/list' },
    { jsonrpc: '2.0', id: 4, method: oddString(random) },
  ]
  const lines = Array.from({ length: 1 + random.int(4) }, () => {
    const line = random.chance(0.8) ? mutateJson(random.pick(messages), random) : mutateBytes(random.bytes(random.int(200)), random)
    return random.chance(0.9) ? Buffer.concat([line, Buffer.from('\n')]) : line
  })
  return Buffer.concat(lines)
}
