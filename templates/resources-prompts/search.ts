import { defineTool, resourceLink } from 'tooldock'
import { z } from 'zod'
import { DOCUMENTS } from './lib/documents.ts'

export const search = defineTool({
  title: 'Search documents',
  description: 'Finds the documents that contain a text, and links to them.',
  input: z.object({ text: z.string().min(1) }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  handler({ text }) {
    const found = Object.entries(DOCUMENTS).filter(([, content]) => content.toLowerCase().includes(text.toLowerCase()))
    return found.map(([id]) => resourceLink({ uri: `documents://${id}`, name: id, mimeType: 'text/plain' }))
  },
})
