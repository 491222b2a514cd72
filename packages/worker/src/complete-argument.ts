import type { Complete } from '../../sdk/src/context.ts'
import type { Definitions } from './definitions.ts'
import { isRecord } from './input-answer.ts'
import { INVALID_PARAMS, RpcError } from './rpc-error.ts'
import type { Runtime } from './runtime.ts'

/** Most values of one answer (MCP 2026-07-28, server/utilities/completion). */
const VALUES_MAX = 100

/** The JSON text of a `completion/complete` result. An argument nobody completes has no values. */
export async function completeArgument(definitions: Definitions, { env, dataDir }: Runtime, params: Readonly<Record<string, unknown>>): Promise<string> {
  const { ref, argument, context } = params
  if (!isRecord(ref) || !isRecord(argument) || typeof argument.name !== 'string') throw new RpcError(INVALID_PARAMS, '`ref` and `argument` are needed.')
  const completions = find(definitions, ref)
  const complete = Object.hasOwn(completions, argument.name) ? completions[argument.name] : undefined
  const given = isRecord(context) && isRecord(context.arguments) ? (context.arguments as Record<string, string>) : {}
  const values = complete ? await complete(String(argument.value ?? ''), { arguments: given, env, dataDir }) : []
  return JSON.stringify({
    resultType: 'complete',
    completion: { values: values.slice(0, VALUES_MAX).map(String), total: values.length, hasMore: values.length > VALUES_MAX },
  })
}

function find(definitions: Definitions, ref: Record<string, unknown>): Readonly<Record<string, Complete>> {
  if (ref.type === 'ref/prompt') {
    const prompt = definitions.prompts.get(String(ref.name))
    if (prompt) return prompt.complete
    throw new RpcError(INVALID_PARAMS, `Unknown prompt: ${String(ref.name)}`, { code: 'prompt_not_found' })
  }
  const template = definitions.templates.find(({ uriTemplate }) => uriTemplate === ref.uri)
  if (template) return template.complete
  if (definitions.resources.has(String(ref.uri))) return {}
  throw new RpcError(INVALID_PARAMS, `Unknown resource: ${String(ref.uri)}`, { code: 'resource_not_found', uri: ref.uri })
}
