import { defineTool } from 'tooldock'
import { z } from 'zod'
import { getJson } from './lib/api.ts'

export const getItem = defineTool({
  name: 'get_item',
  title: 'Get an item',
  description: 'Reads one item of the API by its id.',
  input: z.object({ id: z.string().min(1).describe('Id of the item') }),
  annotations: { readOnlyHint: true, openWorldHint: true },
  timeoutSeconds: 15,
  async handler({ id }, ctx) {
    return { item: await getJson(`/items/${encodeURIComponent(id)}`, ctx) }
  },
})
