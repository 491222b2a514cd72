import { UsageError } from './command-error.ts'
import type { JsonObject } from './mcp-call.ts'

/**
 * Arguments of a tool as a person writes them: one JSON object, or `key=value` words, whose values are read as the schema
 * of the tool wants them.
 * @throws {UsageError}
 */
export function readToolArguments(words: readonly string[], inputSchema: JsonObject): JsonObject {
  const [first, ...more] = words
  if (first?.trimStart().startsWith('{')) {
    if (more.length > 0) throw new UsageError('Write one JSON object, or key=value words, not both.')
    return readObject(first)
  }
  const properties = (inputSchema.properties ?? {}) as Readonly<Record<string, { readonly type?: unknown }>>
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at <= 0) throw new UsageError(`"${word}" is neither key=value nor a JSON object.`)
      const key = word.slice(0, at)
      return [key, readValue(key, word.slice(at + 1), properties[key]?.type)]
    }),
  )
}

function readObject(text: string): JsonObject {
  const value = parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new UsageError('The arguments are not a JSON object.')
}

/** A string where the schema wants one; JSON where it is JSON; else a string. */
function readValue(key: string, text: string, type: unknown): unknown {
  const types = Array.isArray(type) ? type : [type]
  if (types.includes('string')) return text
  const value = parse(text)
  if (value === undefined && type !== undefined) throw new UsageError(`${key} must be ${types.join(' or ')}.`)
  return value === undefined ? text : value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A word and no JSON, which may be what was meant.
    return undefined
  }
}
