import { definePrompt } from 'tooldock'
import { z } from 'zod'
import { DOCUMENTS } from './lib/documents.ts'

export const explain = definePrompt({
  title: 'Explain a document',
  description: 'Asks for an explanation of a document.',
  input: z.object({ id: z.string().describe('Id of the document') }),
  complete: { id: (value) => Object.keys(DOCUMENTS).filter((id) => id.startsWith(value)) },
  handler({ id }) {
    const text = DOCUMENTS[id]
    if (text === undefined) throw new Error(`There is no document "${id}".`)
    return `Explain this in one paragraph:\n\n${text}`
  },
})
