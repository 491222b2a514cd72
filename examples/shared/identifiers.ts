import { createHash, randomUUID } from 'node:crypto'
import { defineTool } from 'tooldock'
import { z } from 'zod'

export const uuid = defineTool({
  title: 'UUID',
  description: 'Makes random identifiers (UUID version 4).',
  input: z.object({ count: z.int().min(1).max(100).default(1) }),
  output: z.object({ uuids: z.array(z.string()) }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  handler: ({ count }) => ({ uuids: Array.from({ length: count }, () => randomUUID()) }),
})

export const hash = defineTool({
  title: 'Hash',
  description: 'The hash of a text (its UTF-8 bytes), as hexadecimal or base64.',
  input: z.object({
    text: z.string(),
    algorithm: z.enum(['sha256', 'sha512', 'sha1', 'md5']).default('sha256'),
    encoding: z.enum(['hex', 'base64']).default('hex'),
  }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  handler: ({ text, algorithm, encoding }) => createHash(algorithm).update(text, 'utf8').digest(encoding),
})
