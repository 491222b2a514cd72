import { z } from 'zod'

/** Permissions a folder may request in `tooldock.json`; each takes effect when an administrator accepts it. */
export const PERMISSION = z
  .string()
  .regex(
    /^(write|child-process|worker-threads|addons|sqlite|read:\/.+)$/,
    'must be write, child-process, worker-threads, addons, sqlite or read:/absolute/path',
  )

const limits = z
  .strictObject({
    timeoutSeconds: z.number().positive().max(86_400).optional(),
    concurrency: z.int().positive().max(100_000).optional(),
    queue: z.int().min(0).max(1_000_000).optional(),
    memoryMb: z
      .int()
      .min(96)
      .max(1 << 20)
      .optional(),
    payloadBytes: z.int().min(1024).optional(),
    resultBytes: z.int().min(1024).optional(),
  })
  .default({})

/** `tooldock.json` of a namespace. Every member may be missing. */
export const MANIFEST = z.strictObject({
  $schema: z.string().optional(),
  title: z.string().max(200).optional(),
  description: z.string().max(4000).optional(),
  instructions: z.string().max(20_000).optional(),
  env: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'names are like MY_VARIABLE'), z.string()).default({}),
  limits,
  permissions: z.array(PERMISSION).default([]),
  keepWarm: z.boolean().default(false),
  /** Records of calls keep the arguments, without secrets. */
  logArguments: z.boolean().optional(),
})
export type Manifest = z.infer<typeof MANIFEST>
