/** A name and its value, as a row of a form. */
export interface Pair {
  /** Of the row, whatever is written in it. */
  readonly key: number
  readonly name: string
  readonly value: string
  /** Goes where nobody reads it again. */
  readonly secret: boolean
  /** A value is kept already; an empty one here leaves it as it is. */
  readonly stored: boolean
}

const LINE = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*?)\s*$/
const SECRET_NAME = /auth|cookie|token|passw(or)?d|pwd|secret|key|credential|dsn/i

/** A number no other row has; rows live as long as their form. */
const newKey = (): number => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0

export const newPair = (pair: Partial<Pair> = {}): Pair => ({ key: newKey(), name: '', value: '', secret: false, stored: false, ...pair })

/** Does a name say that its value is nobody's business? */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name)

/** Lines of an `.env` file; empty when the text is none. */
export function parsePairs(text: string): readonly Pair[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
  const parsed = lines.map((line) => LINE.exec(line))
  if (parsed.length === 0 || parsed.includes(null)) return []
  return parsed.map((match) => {
    const [, name = '', value = ''] = match ?? []
    return newPair({ name, value: unquoted(value), secret: isSecretName(name) })
  })
}

function unquoted(value: string): string {
  const match = /^(["'])(.*)\1$/.exec(value)
  return match?.[2] ?? value
}
