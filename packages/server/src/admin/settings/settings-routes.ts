import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { describeSettings, type SettingDescription, type SettingSource } from '../../config/describe-settings.ts'
import { type Config, SETTINGS, type SettingKey } from '../../config/settings.ts'
import { LEGACY_VERSIONS, MODERN_VERSIONS } from '../../kernel/protocol-version.ts'
import { check } from '../input.ts'

export interface SettingsAdminDeps {
  readonly config: Config
  readonly sources: ReadonlyMap<SettingKey, SettingSource>
  readonly version: string
  /** Absolute. */
  readonly dataDir: string
  readonly database: 'sqlite' | 'postgres'
  /** ISO 8601 UTC. */
  readonly startedAt: string
  /** Of the open listeners. */
  readonly listeners: () => readonly { readonly name: string; readonly url: string }[]
}

const NOTHING = z.strictObject({})
const SETTING = z
  .strictObject({
    env: z.string(),
    group: z.enum(['Address', 'Access', 'Data', 'Logs', 'Traces', 'Alerts', 'Limits', 'Tools', 'Servers', 'Protocol']),
    doc: z.string(),
    unit: z.enum(['ms', 's', 'minutes', 'days', 'bytes', 'MiB']).nullable(),
    value: z.string().nullable().describe('As it would be written; masked when it is a secret; null: unset'),
    default: z.string().nullable(),
    source: z.enum(['default', 'environment', 'file']),
    path: z.string().nullable().describe('Of the file it came from: .env, or the one that holds the secret'),
    secret: z.boolean(),
  })
  .meta({ id: 'Setting' }) satisfies z.ZodType<SettingDescription>
const SETTINGS_RESPONSE = z.strictObject({ settings: z.array(SETTING).describe('A change of any takes effect at the next start') })
const ABOUT = z
  .strictObject({
    version: z.string(),
    node: z.string(),
    platform: z.string(),
    dataDir: z.string(),
    database: z.enum(['sqlite', 'postgres']),
    startedAt: z.iso.datetime(),
    urls: z.strictObject({ public: z.string().nullable(), listeners: z.array(z.strictObject({ name: z.string(), url: z.string() })) }),
    protocols: z.strictObject({ modern: z.array(z.string()), legacy: z.array(z.string()) }).describe('Revisions of MCP, newest first'),
    limits: z.record(z.string(), z.number()).describe('By the name of their setting'),
  })
  .meta({ id: 'About' })

/** What is in force and where it came from, and what this ToolDock is. */
export function registerSettingsRoutes(app: FastifyInstance, deps: SettingsAdminDeps): void {
  const { config, sources, version, dataDir, database, startedAt, listeners } = deps

  app.get(
    '/api/settings',
    { config: { api: { summary: 'Every setting as it is in force, where it came from and what it means', query: NOTHING, response: SETTINGS_RESPONSE } } },
    async ({ query }) => {
      check(NOTHING, query, 'query')
      return { settings: describeSettings(config, sources) }
    },
  )

  app.get(
    '/api/about',
    { config: { api: { summary: 'Versions, addresses and limits of this ToolDock', query: NOTHING, response: ABOUT } } },
    async ({ query }): Promise<z.infer<typeof ABOUT>> => {
      check(NOTHING, query, 'query')
      return {
        version,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        dataDir,
        database,
        startedAt,
        urls: { public: config.publicUrl ?? null, listeners: listeners().map(({ name, url }) => ({ name, url })) },
        protocols: { modern: [...MODERN_VERSIONS], legacy: [...LEGACY_VERSIONS] },
        limits: limitsOf(config),
      }
    },
  )
}

function limitsOf(config: Config): Record<string, number> {
  const limits = (Object.keys(SETTINGS) as SettingKey[]).flatMap((key) => {
    const value = config[key]
    return typeof value === 'number' && SETTINGS[key].env.endsWith('_MAX') ? [[SETTINGS[key].env, value] as const] : []
  })
  return Object.fromEntries(limits)
}
