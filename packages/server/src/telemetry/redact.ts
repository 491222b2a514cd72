const CENSOR = '[redacted]'
const SENSITIVE_KEY = /authorization|cookie|token|passw(or)?d|secret|api[-_]?key|private[-_]?key|credential|database[-_]?url/i
/** Deeper values are cut: nobody reads them, and a cycle must end. */
const DEPTH_MAX = 8
/** Names of members come from our own code, so they are few; what a caller could invent must not fill memory. */
const KEYS_KNOWN_MAX = 2000

/** Hides the values of members with a name such as `authorization` or `apiKey`, at any depth. Copies only what it changes. */
export function createKeyRedactor(): (record: Record<string, unknown>) => Record<string, unknown> {
  const known = new Map<string, boolean>()

  function isSensitive(key: string): boolean {
    const seen = known.get(key)
    if (seen !== undefined) return seen
    const found = SENSITIVE_KEY.test(key)
    if (known.size < KEYS_KNOWN_MAX) known.set(key, found)
    return found
  }

  function redactMembers(record: Record<string, unknown>, depth: number): Record<string, unknown> {
    let copy: Record<string, unknown> | undefined
    for (const key of Object.keys(record)) {
      const value = record[key]
      const shown = redactMember(key, value, depth)
      if (shown !== value) {
        copy ??= { ...record }
        copy[key] = shown
      }
    }
    return copy ?? record
  }

  function redactMember(key: string, value: unknown, depth: number): unknown {
    if (value === undefined || value === null || typeof value === 'boolean') return value
    if (isSensitive(key)) return CENSOR
    return typeof value === 'object' ? redactObject(value, depth + 1) : value
  }

  function redactObject(value: object, depth: number): unknown {
    if (depth > DEPTH_MAX) return '[…]'
    if (value instanceof Error) return redactMembers(describeError(value), depth)
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' && item !== null ? redactObject(item, depth + 1) : item))
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      const json: unknown = value.toJSON()
      return typeof json === 'object' && json !== null ? redactMembers(json as Record<string, unknown>, depth) : json
    }
    return redactMembers(value as Record<string, unknown>, depth)
  }

  return (record) => redactMembers(record, 0)
}

function describeError(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error
  const errors = error instanceof AggregateError ? { errors: error.errors } : {}
  return { ...error, type: name, message, stack, ...(cause === undefined ? {} : { cause }), ...errors }
}

/** Hides known secrets, and what looks like one, wherever they appear in a line of JSON. */
export interface Scrubber {
  /** A secret of fewer than {@link SECRET_LENGTH_MIN} characters is not looked for: it would be found in every other word. */
  add(secret: string): void
  scrub(line: string): string
  /** Hides the secrets that were added, and nothing else. */
  hideKnown(json: string): string
}

const SECRET_LENGTH_MIN = 4
/** Begins where a word does: begun at each letter of a long one, it would take the square of its length. */
const URL_CREDENTIALS = /((?<![a-z0-9+.-])[a-z0-9+.-]+:\/\/)[^\s"\\/@:]*:[^\s"\\/@]*@/gi
/** With a digit or long, else it is a word: "basic authentication". */
const AUTHORIZATION = /\b(bearer|basic) +(?=[^\s"\\]*\d|[^\s"\\]{20})[a-z0-9._~+/=-]{6,}/gi
const ASSIGNMENT = /((?:token|passw(?:or)?d|secret|api[-_]?key)=)[^&\s"\\]+/gi

/** An API key of ours: it is kept nowhere, so it cannot be looked for as a known secret. */
const API_KEY = /\btd_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g

export function createScrubber(): Scrubber {
  const secrets = new Set<string>()
  const needles = new Set<string>()
  const hideKnown = (json: string): string => {
    for (const needle of needles) if (json.includes(needle)) return JSON.stringify(hide(JSON.parse(json), [...secrets]))
    return json
  }
  return {
    hideKnown,
    add(secret) {
      if (secret.length < SECRET_LENGTH_MIN) return
      for (const form of [secret, encodeURIComponent(secret)]) {
        secrets.add(form)
        needles.add(JSON.stringify(form).slice(1, -1))
      }
    },
    scrub(line) {
      const hidden = hideKnown(line)
      let scrubbed = hidden === line ? line : `${hidden}\n`
      if (scrubbed.includes('://') && scrubbed.includes('@')) scrubbed = scrubbed.replace(URL_CREDENTIALS, `$1${CENSOR}@`)
      if (/b(?:earer|asic) /i.test(scrubbed)) scrubbed = scrubbed.replace(AUTHORIZATION, `$1 ${CENSOR}`)
      if (scrubbed.includes('td_')) scrubbed = scrubbed.replace(API_KEY, CENSOR)
      if (scrubbed.includes('=')) scrubbed = scrubbed.replace(ASSIGNMENT, `$1${CENSOR}`)
      return scrubbed
    },
  }
}

/** By value, not by text: a secret of digits must not tear a hole into a number and the line. */
function hide(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return secrets.reduce((text, secret) => text.replaceAll(secret, CENSOR), value)
  if (typeof value === 'number') return secrets.some((secret) => String(value).includes(secret)) ? CENSOR : value
  if (Array.isArray(value)) return value.map((item) => hide(item, secrets))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [hide(key, secrets), hide(member, secrets)]))
}
