import { defineResource } from 'tooldock'
import { DOCUMENTS } from './lib/documents.ts'

export const document = defineResource({
  uriTemplate: 'documents://{id}',
  title: 'A document',
  description: 'The text of one document.',
  mimeType: 'text/plain',
  complete: { id: (value) => Object.keys(DOCUMENTS).filter((id) => id.startsWith(value)) },
  handler: ({ variables }) => DOCUMENTS[variables.id],
})
