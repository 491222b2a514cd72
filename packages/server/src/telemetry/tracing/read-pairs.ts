/** `name=value,name=value` with percent-encoded values (W3C Baggage, without properties), as settings have checked it. */
export function readPairs(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').filter((pair) => pair.includes('='))
  return Object.fromEntries(
    pairs.map((pair) => {
      const end = pair.indexOf('=')
      return [pair.slice(0, end).trim(), decodeURIComponent(pair.slice(end + 1).trim())]
    }),
  )
}
