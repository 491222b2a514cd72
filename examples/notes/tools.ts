import { defineTool, resourceLink } from 'tooldock'
import { z } from 'zod'
import { notes } from './lib/notes.ts'

const id = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, 'expected lower-case letters, digits and "-"')
  .describe('Short name of the note')

export const saveNote = defineTool({
  name: 'save_note',
  title: 'Save a note',
  description: 'Writes a note, or replaces it.',
  input: z.object({ id, text: z.string().max(10_000) }),
  annotations: { idempotentHint: true, destructiveHint: true, openWorldHint: false },
  async handler({ id, text }, ctx) {
    await notes(ctx).write(id, text)
    ctx.notifyResourceUpdated(`notes://note/${id}`)
    ctx.log.info(`saved ${id}`)
    const kept = ctx.dataDir === undefined ? 'in memory only: the permission "write" was not accepted' : 'on disk'
    return [{ type: 'text', text: `Saved ${id} (${kept}).` }, resourceLink({ uri: `notes://note/${id}`, name: id, mimeType: 'text/plain' })]
  },
})

export const listNotes = defineTool({
  name: 'list_notes',
  title: 'List notes',
  description: 'Names all notes, or those that contain a text.',
  input: z.object({ contains: z.string().optional() }),
  output: z.object({ notes: z.array(z.object({ id: z.string(), characters: z.int() })) }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  async handler({ contains = '' }, ctx) {
    const all = await notes(ctx).all()
    return { notes: all.filter(({ text }) => text.includes(contains)).map(({ id, text }) => ({ id, characters: text.length })) }
  },
})

export const deleteNote = defineTool({
  name: 'delete_note',
  title: 'Delete a note',
  description: 'Deletes a note after the user has agreed.',
  input: z.object({ id }),
  annotations: { destructiveHint: true, openWorldHint: false },
  async handler({ id }, ctx) {
    const text = await notes(ctx).read(id)
    if (text === undefined) throw new Error(`There is no note "${id}".`)
    const answer = await ctx.elicit({
      key: 'confirm',
      message: `Delete the note "${id}" (${text.length} characters)?`,
      schema: z.object({ sure: z.boolean().describe('Yes, delete it') }),
    })
    if (answer.action !== 'accept' || !answer.content.sure) return `Kept ${id}.`
    await notes(ctx).remove(id)
    ctx.notifyResourceUpdated(`notes://note/${id}`)
    return `Deleted ${id}.`
  },
})
