import { defineTool } from 'tooldock'
import { z } from 'zod'

export const textStatistics = defineTool({
  name: 'text_statistics',
  title: 'Text statistics',
  description: 'Counts characters, words, sentences, lines and bytes, and names the most frequent words.',
  input: z.object({
    text: z.string(),
    language: z.string().default('en').describe('BCP 47 tag; decides where words and sentences end'),
    top: z.int().min(0).max(50).default(5).describe('How many frequent words to name'),
  }),
  output: z.object({
    characters: z.int(),
    words: z.int(),
    sentences: z.int(),
    lines: z.int(),
    bytes: z.int(),
    frequent: z.array(z.object({ word: z.string(), count: z.int() })),
  }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  handler({ text, language, top }) {
    const segments = (granularity: 'grapheme' | 'word' | 'sentence') => [...new Intl.Segmenter(language, { granularity }).segment(text)]
    const words = segments('word').filter((segment) => segment.isWordLike)
    const counts = Map.groupBy(words, ({ segment }) => segment.toLocaleLowerCase(language))
    const frequent = [...counts].map(([word, { length }]) => ({ word, count: length })).sort((a, b) => b.count - a.count)
    return {
      characters: segments('grapheme').length,
      words: words.length,
      sentences: segments('sentence').length,
      lines: text === '' ? 0 : text.split('\n').length,
      bytes: Buffer.byteLength(text),
      frequent: frequent.slice(0, top),
    }
  },
})
