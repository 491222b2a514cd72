import { isUtf8 } from 'node:buffer'
import { ToolDockError } from '../errors/tooldock-error.ts'

const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Length of the body as it came. */
export const bodyBytes = ({ body }: { readonly body: unknown }): number => (Buffer.isBuffer(body) ? body.length : 0)

/**
 * The JSON value of a request body. `__proto__` is an ordinary own member of the result, as JSON.parse makes it; code
 * that copies members must not assign it. @throws parse_error, json_too_deep
 */
export function parseJson(body: Buffer, depthMax: number): unknown {
  // A body of n bytes is nested at most n/2 deep.
  if (body.length > depthMax * 2 && isDeeperThan(body, depthMax)) throw new ToolDockError('json_too_deep', `The body is nested deeper than ${depthMax} levels.`)
  if (!isUtf8(body)) throw new ToolDockError('parse_error', 'The body is not valid UTF-8.')
  try {
    return JSON.parse(body.toString())
  } catch {
    // The parser's message quotes the body, which may hold secrets.
    throw new ToolDockError('parse_error', 'The body is not valid JSON.')
  }
}

/** Counts opening brackets first, which is enough for almost every body, then nesting outside strings. */
function isDeeperThan(body: Buffer, depthMax: number): boolean {
  let openings = 0
  for (let index = 0; index < body.length; index++) {
    const byte = body[index]
    if ((byte === OPEN_BRACE || byte === OPEN_BRACKET) && ++openings > depthMax) return nestingExceeds(body, depthMax)
  }
  return false
}

function nestingExceeds(body: Buffer, depthMax: number): boolean {
  let depth = 0
  let inString = false
  for (let index = 0; index < body.length; index++) {
    const byte = body[index]
    if (inString) {
      if (byte === BACKSLASH) index++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > depthMax) return true
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--
  }
  return false
}
