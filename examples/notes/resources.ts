import { defineResource } from 'tooldock'
import { notes } from './lib/notes.ts'

export const index = defineResource({
  uri: 'notes://index',
  title: 'All notes',
  description: 'Every note, one per line.',
  mimeType: 'text/plain',
  async handler(_request, ctx) {
    const all = await notes(ctx).all()
    return all.map(({ id, text }) => `${id}: ${text.split('\n')[0]}`).join('\n')
  },
})

export const note = defineResource({
  uriTemplate: 'notes://note/{id}',
  title: 'A note',
  description: 'The text of one note.',
  mimeType: 'text/plain',
  complete: { id: async (value, ctx) => (await notes(ctx).all()).map(({ id }) => id).filter((id) => id.startsWith(value)) },
  handler: ({ variables }, ctx) => notes(ctx).read(variables.id),
})
