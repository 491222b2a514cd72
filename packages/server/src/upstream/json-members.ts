/** Where a member of an object stands in its text: `start` is the quote of its name, `end` is past its value. */
export interface MemberRange {
  readonly start: number
  readonly valueStart: number
  readonly end: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

/**
 * Finds the members of a JSON object without parsing their values: a result of 10 MB is looked through in the time it
 * takes to copy it, and no memory. Undefined when the text is not one object with balanced brackets and strings; what
 * stands inside values is not checked.
 */
export function findMembers(text: string): Map<string, MemberRange> | undefined {
  const members = new Map<string, MemberRange>()
  let at = skipSpace(text, 0)
  if (text.charCodeAt(at) !== OPEN) return undefined
  at = skipSpace(text, at + 1)
  if (text.charCodeAt(at) === CLOSE) return isSpace(text, at + 1) ? members : undefined
  for (;;) {
    const start = at
    const nameEnd = text.charCodeAt(at) === QUOTE ? skipString(text, at) : -1
    if (nameEnd < 0) return undefined
    at = skipSpace(text, nameEnd)
    if (text.charCodeAt(at) !== COLON) return undefined
    const valueStart = skipSpace(text, at + 1)
    const end = skipValue(text, valueStart)
    if (end < 0) return undefined
    members.set(nameOf(text, start, nameEnd), { start, valueStart, end })
    at = skipSpace(text, end)
    const next = text.charCodeAt(at)
    if (next === CLOSE) return isSpace(text, at + 1) ? members : undefined
    if (next !== COMMA) return undefined
    at = skipSpace(text, at + 1)
  }
}

/** The text of an object without one of its members. */
export function withoutMember(text: string, { start, end }: MemberRange): string {
  const after = skipSpace(text, end)
  if (text.charCodeAt(after) === COMMA) return text.slice(0, start) + text.slice(skipSpace(text, after + 1))
  const before = text.lastIndexOf(',', start)
  return (before < 0 ? text.slice(0, start) : text.slice(0, before)) + text.slice(after)
}

/** A name with escapes is read as JSON does; one that is not JSON stays as it is and equals no name we look for. */
function nameOf(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1)
  if (!raw.includes('\\')) return raw
  try {
    return String(JSON.parse(`"${raw}"`))
  } catch {
    return raw // the parser of the whole text will refuse it
  }
}

/** Past the value at `start`, or -1. */
function skipValue(text: string, start: number): number {
  const first = text.charCodeAt(start)
  if (first === QUOTE) return skipString(text, start)
  if (first === OPEN || first === OPEN_ARRAY) return skipBrackets(text, start)
  let at = start
  while (at < text.length && !isDelimiter(text.charCodeAt(at))) at++
  return at === start ? -1 : at
}

function skipBrackets(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = skipString(text, at) - 1
      if (at < 0) return -1
    } else if (code === OPEN || code === OPEN_ARRAY) depth++
    else if ((code === CLOSE || code === CLOSE_ARRAY) && --depth === 0) return at + 1
  }
  return -1
}

/** Past the closing quote of the string at `start`, or -1. Long strings are searched, not walked. */
function skipString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0
    while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return quote + 1
  }
  return -1
}

const isSpaceCode = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
const isDelimiter = (code: number): boolean => code === COMMA || code === CLOSE || code === CLOSE_ARRAY || isSpaceCode(code)

function skipSpace(text: string, start: number): number {
  let at = start
  while (isSpaceCode(text.charCodeAt(at))) at++
  return at
}

const isSpace = (text: string, start: number): boolean => skipSpace(text, start) === text.length
