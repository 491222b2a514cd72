import { z } from 'zod'
import type { InstallForm } from '../../servers/registry/install-form.ts'

const INPUT = z
  .strictObject({
    id: z.string(),
    place: z.enum(['env', 'argument', 'header', 'url']),
    label: z.string(),
    description: z.string(),
    required: z.boolean(),
    secret: z.boolean(),
    default: z.string().exactOptional(),
    choices: z.array(z.string()).readonly().exactOptional(),
  })
  .meta({ id: 'InstallInput' })

/** A server of the registry as the ways to install it. */
export const INSTALL_FORM = z
  .strictObject({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    version: z.string(),
    repository: z.string().exactOptional(),
    suggestedNamespace: z.string(),
    options: z
      .array(
        z
          .strictObject({ kind: z.string(), label: z.string(), inputs: z.array(INPUT).readonly(), problems: z.array(z.string()).readonly() })
          .meta({ id: 'InstallOption' }),
      )
      .readonly(),
  })
  .meta({ id: 'InstallForm' }) satisfies z.ZodType<InstallForm>

export const REGISTRY_PAGE = z.strictObject({ servers: z.array(INSTALL_FORM), nextCursor: z.string().nullable(), skipped: z.number() })
