import { invalid } from './result-error.ts'
import { pathText } from './schema-check.ts'

/**
 * The JSON of a handler's value.
 * @throws ResultError when JSON cannot say it: JSON.stringify would drop or change parts of it silently
 */
export function jsonText(value: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (error) {
    throw invalid(`The result is not JSON: ${(error as Error).message.split('\n')[0]}.`)
  }
  const fault = findFault(value, [])
  if (fault !== undefined) throw invalid(`The result is not JSON: ${fault}.`)
  return json as string
}

/** Runs after JSON.stringify, which has shown that the value has no cycle. */
function findFault(value: unknown, path: PropertyKey[]): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : `${at(path)} is ${value}`
    case 'function':
    case 'symbol':
      return `${at(path)} is a ${typeof value}`
    case 'undefined':
      return path.length === 0 ? 'it is undefined' : undefined
    case 'object':
      return value === null || 'toJSON' in value ? undefined : findInObject(value, path)
    default:
      return undefined
  }
}

function findInObject(value: object, path: PropertyKey[]): string | undefined {
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) return `${at(path)} is a ${value.constructor.name}`
  const isArray = Array.isArray(value)
  for (const key of Object.keys(value)) {
    path.push(isArray ? Number(key) : key)
    const fault = findFault((value as Record<string, unknown>)[key], path)
    if (fault !== undefined) return fault
    path.pop()
  }
  return undefined
}

const at = (path: readonly PropertyKey[]) => (path.length === 0 ? 'it' : `"${pathText(path)}"`)
