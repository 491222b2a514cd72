/** How many letters may differ in a name that was meant. */
const DISTANCE_MAX = 3

/** ` Did you mean "…"?` when one of `names` is close to what was written; else nothing. */
export function nearest(written: string, names: readonly string[], before = ''): string {
  const [best] = names
    .map((name) => ({ name, distance: name.startsWith(written) ? 0 : distance(written, name) }))
    .filter((it) => it.distance <= Math.min(DISTANCE_MAX, Math.ceil(written.length / 2)))
    .sort((a, b) => a.distance - b.distance)
  return best === undefined ? '' : ` Did you mean "${before}${best.name}"?`
}

/** How many letters must be added, removed or replaced to make one of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === b[j] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
