/** From this size on bytes are given back as soon as they are decoded: until a collection comes, they would take their place beside the text. */
const LARGE_BYTES = 1024 * 1024

/** The text of a message that came in these parts. They are joined first, because a part may end within a character. */
export function decodeParts(parts: readonly Buffer[], bytes: number): string {
  const [only] = parts
  if (only === undefined) return ''
  if (parts.length === 1) return only.toString('utf8')
  const joined = Buffer.concat(parts, bytes)
  const text = joined.toString('utf8')
  if (bytes >= LARGE_BYTES) joined.buffer.transfer(0)
  return text
}
