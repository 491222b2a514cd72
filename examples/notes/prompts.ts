import { definePrompt, embeddedResource, text } from 'tooldock'
import { z } from 'zod'
import { notes } from './lib/notes.ts'

const STYLES = ['bullet points', 'one sentence', 'a letter', 'a table']

export const summarize = definePrompt({
  title: 'Summarize a note',
  description: 'Asks for a summary of a note in some style.',
  input: z.object({ id: z.string().describe('Short name of the note'), style: z.string().default('bullet points').describe('How to write it') }),
  complete: {
    id: async (value, ctx) => (await notes(ctx).all()).map(({ id }) => id).filter((id) => id.startsWith(value)),
    style: (value) => STYLES.filter((style) => style.startsWith(value)),
  },
  async handler({ id, style }, ctx) {
    const note = await notes(ctx).read(id)
    if (note === undefined) throw new Error(`There is no note "${id}".`)
    return [
      { role: 'user', content: text(`Summarize this note as ${style}.`) },
      { role: 'user', content: embeddedResource({ uri: `notes://note/${id}`, mimeType: 'text/plain', text: note }) },
    ]
  },
})
