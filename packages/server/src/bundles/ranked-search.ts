/** Weights of Okapi BM25: how soon repetition stops counting, and how much long texts are held back. */
const K1 = 1.2
const B = 0.75
/** A word in the name says more than one in the description. */
const NAME_WEIGHT = 3
const TITLE_WEIGHT = 2
/** Words of English sentences that say nothing of what is looked for; among few tools they would pass for rare ones. */
const IDLE_WORDS = new Set(
  'a an and are as at be by can do does for from get have how i in is it me my of on or please so that the there this to us use want was we what when where which who will with would you your'.split(
    ' ',
  ),
)

/** What is searched of one entry. */
export interface Searchable {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

interface Document<E> {
  readonly entry: E
  /** Weighted number of occurrences. */
  readonly counts: ReadonlyMap<string, number>
  readonly length: number
}

/**
 * Ranks entries by BM25 over their names, titles, descriptions and argument names. The same query over the same entries
 * gives the same answer: of equal ones the first by name comes first.
 * @returns the search: best first; entries without any of the words are left out
 */
export function createRankedSearch<E extends Searchable>(entries: readonly E[]): (query: string) => readonly E[] {
  const documents = entries.map(toDocument)
  const meanLength = documents.reduce((sum, { length }) => sum + length, 0) / Math.max(1, documents.length)
  const spread = new Map<string, number>()
  for (const { counts } of documents) for (const word of counts.keys()) spread.set(word, (spread.get(word) ?? 0) + 1)

  const rarity = (word: string): number => {
    const found = spread.get(word) ?? 0
    return Math.log(1 + (documents.length - found + 0.5) / (found + 0.5))
  }
  const scoreOf = ({ counts, length }: Document<E>, words: ReadonlySet<string>): number => {
    let score = 0
    for (const word of words) {
      const count = counts.get(word) ?? 0
      score += (rarity(word) * count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / meanLength))
    }
    return score
  }

  return (query) => {
    const asked = wordsOf(query)
    const telling = asked.filter((word) => !IDLE_WORDS.has(word))
    const words = new Set(telling.length > 0 ? telling : asked)
    return documents
      .map((document) => ({ entry: document.entry, score: scoreOf(document, words) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || (a.entry.name < b.entry.name ? -1 : 1))
      .map(({ entry }) => entry)
  }
}

function toDocument<E extends Searchable>(entry: E): Document<E> {
  const counts = new Map<string, number>()
  let length = 0
  const add = (text: string | undefined, weight: number): void => {
    for (const word of wordsOf(text ?? '')) {
      counts.set(word, (counts.get(word) ?? 0) + weight)
      length += weight
    }
  }
  add(entry.name, NAME_WEIGHT)
  add(entry.title, TITLE_WEIGHT)
  add(entry.description, 1)
  const { properties } = entry.inputSchema
  if (typeof properties === 'object' && properties !== null) for (const name of Object.keys(properties)) add(name, 1)
  return { entry, counts, length }
}

/** Lower-case words; `camelCase` and `snake_case` are several, and a plural is its singular. */
function wordsOf(text: string): readonly string[] {
  const parts = text.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').match(/[\p{L}\p{N}]+/gu) ?? []
  return parts.map((part) => part.toLowerCase().replace(/(?<=..[^s])s$/, ''))
}
