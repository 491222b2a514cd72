import { z } from 'zod'
import { isNpmName, isNpmVersion, isPypiName, isPypiVersion } from './safety/package-spec.ts'
import type { Installed, ServerConfig, ServerSource } from './server.types.ts'

const ARGS_MAX = 200
const TEXT_LENGTH_MAX = 65_536
const ENTRIES_MAX = 200

const argument = z.string().max(TEXT_LENGTH_MAX)
const args = z.array(argument).max(ARGS_MAX).default([])
const word = z.string().min(1).max(4096)
const values = z.record(z.string().max(256), z.string().max(TEXT_LENGTH_MAX)).refine((record) => Object.keys(record).length <= ENTRIES_MAX, {
  error: `at most ${ENTRIES_MAX} entries`,
})
const headers = z
  .record(
    z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/, 'must be the name of a header'),
    z
      .string()
      .max(TEXT_LENGTH_MAX)
      .regex(/^[^\r\n\0]*$/),
  )
  .default({})

export const SERVER_SOURCE: z.ZodType<ServerSource, unknown> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('npm'),
    package: z.string().refine(isNpmName, 'must be the name of an npm package'),
    version: z.string().refine(isNpmVersion, 'must be an exact version or a tag').exactOptional(),
    args,
    installScripts: z.boolean().exactOptional(),
    bin: word.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('pypi'),
    package: z.string().refine(isPypiName, 'must be the name of a Python package'),
    version: z.string().refine(isPypiVersion, 'must be an exact version').exactOptional(),
    args,
    bin: word.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('git'), url: word, ref: word.exactOptional(), command: word.exactOptional(), args }),
  z.strictObject({ kind: z.literal('command'), command: word, args }),
  z.strictObject({ kind: z.literal('remote'), url: word, headers, transport: z.enum(['auto', 'streamable-http', 'sse']).default('auto') }),
])

/** What may be said of a server of any kind; `restart` has its default from a setting. */
export const SERVER_OPTIONS = {
  title: z.string().min(1).max(200).exactOptional(),
  env: values.default({}),
  sharing: z.enum(['shared', 'per-session', 'per-capabilities']).default('shared'),
  idleStopMinutes: z.number().min(0).max(525_600).default(0),
  maxLifetimeMinutes: z.number().min(0.01).max(5_256_000).exactOptional(),
  maxRssMb: z
    .number()
    .int()
    .min(16)
    .max(1 << 20)
    .exactOptional(),
  timeoutSeconds: z.number().min(0.1).max(86_400).exactOptional(),
}
export const RESTART_POLICY = z.enum(['never', 'on-failure', 'always'])

const CONFIG: z.ZodType<ServerConfig, unknown> = z.object({
  ...SERVER_OPTIONS,
  namespace: z.string(),
  source: SERVER_SOURCE,
  restart: RESTART_POLICY,
  autoStart: z.boolean(),
  override: z.object({ reason: z.string(), by: z.string(), at: z.string() }).exactOptional(),
})

const INSTALLED: z.ZodType<Installed, unknown> = z.object({
  version: z.string(),
  command: z.string(),
  args: z.array(z.string()),
  dir: z.string(),
  installedAt: z.string(),
})

/** A row of the database is believed no more than a request. Undefined: it is no configuration. */
export function readServerConfig(stored: unknown): ServerConfig | undefined {
  const parsed = CONFIG.safeParse(stored)
  return parsed.success ? parsed.data : undefined
}

/** The program of a stored row must lie where installations are made: `dir` is below `serverDir`. */
export function readInstalled(stored: unknown, serverDir: string): Installed | undefined {
  const parsed = INSTALLED.safeParse(stored)
  return parsed.success && parsed.data.dir.startsWith(`${serverDir}/package-`) && !parsed.data.dir.includes('/..') ? parsed.data : undefined
}
