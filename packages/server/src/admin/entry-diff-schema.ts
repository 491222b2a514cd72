import { z } from 'zod'

/** The difference of one kind of entry between what is published and what would be. */
export const ENTRY_DIFF = z
  .strictObject({
    added: z.array(z.string()).readonly(),
    removed: z.array(z.string()).readonly(),
    changed: z
      .array(
        z.strictObject({
          name: z.string(),
          changes: z.array(z.strictObject({ path: z.string(), before: z.unknown(), after: z.unknown() }).partial({ before: true, after: true })).readonly(),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'EntryDiff' })
