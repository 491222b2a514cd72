import { z } from 'zod'
import type { BundlePreview, BundleProblem, BundleStatus, Collision } from '../../bundles/bundle.types.ts'
import { BUNDLE_CONFIG } from '../../bundles/bundle-schema.ts'

const PROBLEM = z
  .strictObject({ code: z.enum(['collision', 'namespace_missing', 'entry_missing']), namespace: z.string(), message: z.string() })
  .meta({ id: 'BundleProblem' }) satisfies z.ZodType<BundleProblem>

const ORIGIN = z
  .strictObject({ namespace: z.string(), name: z.string() })
  .meta({ id: 'BundleOrigin', description: 'Where it comes from and how it is called there.' })

const COLLISION = z
  .strictObject({ kind: z.enum(['tool', 'prompt']), name: z.string().meta({ description: 'What both would be called.' }), kept: ORIGIN, dropped: ORIGIN })
  .meta({ id: 'BundleCollision' }) satisfies z.ZodType<Collision>

const TOKENS = z
  .strictObject({ list: z.number(), search: z.number() })
  .meta({ id: 'TokenCost', description: 'About how many tokens the tool list costs a client in each mode of discovery.' })

export const BUNDLE = z
  .strictObject({
    namespace: z.string(),
    kind: z.literal('bundle'),
    state: z.enum(['ready', 'degraded']),
    problems: z.array(PROBLEM).readonly(),
    tools: z.number(),
    prompts: z.number(),
    resources: z.number(),
    tokens: TOKENS,
    config: BUNDLE_CONFIG.meta({ id: 'BundleConfig' }),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Bundle' }) satisfies z.ZodType<BundleStatus>

export const BUNDLE_PREVIEW = z
  .strictObject({
    problems: z.array(PROBLEM).readonly(),
    collisions: z.array(COLLISION).readonly(),
    tools: z.array(z.string()).readonly(),
    prompts: z.array(z.string()).readonly(),
    resources: z.array(z.string()).readonly(),
    tokens: TOKENS,
  })
  .meta({ id: 'BundlePreview' }) satisfies z.ZodType<BundlePreview>
