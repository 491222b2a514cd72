import { z } from 'zod'
import type { ServerFile } from '../../servers/files/server-files.ts'
import type { SafetyReport } from '../../servers/safety/assess.ts'
import { RESTART_POLICY } from '../../servers/server-schema.ts'
import type { ChangeReport, ServerStatus } from '../../servers/server-service.types.ts'
import { ENTRY_DIFF } from '../entry-diff-schema.ts'

/** The answers of the routes of servers, as the API's document shows them. */

const time = z.iso.datetime()
const strings = z.record(z.string(), z.string())
const KIND = z.enum(['npm', 'pypi', 'git', 'command', 'remote'])
const STATE = z.enum(['installing', 'stopped', 'starting', 'running', 'degraded', 'backing_off', 'failed', 'idle'])

/** The flat form in which a server is given; what belongs to another kind is missing. Values that look like secrets are hidden. */
const SERVER_CONFIG = z
  .strictObject({
    kind: KIND,
    package: z.string().optional(),
    version: z.string().optional(),
    bin: z.string().optional(),
    installScripts: z.boolean().optional(),
    url: z.string().optional(),
    ref: z.string().optional(),
    command: z.string().optional(),
    args: z.array(z.string()).optional(),
    headers: strings.optional(),
    transport: z.enum(['auto', 'streamable-http', 'sse']).optional(),
    title: z.string().optional(),
    env: strings,
    sharing: z.enum(['shared', 'per-session', 'per-capabilities']),
    restart: RESTART_POLICY,
    start: z.boolean(),
    idleStop: z.number(),
    maxLifetimeMinutes: z.number().optional(),
    maxRssMb: z.number().optional(),
    timeoutSeconds: z.number().optional(),
    override: z.strictObject({ reason: z.string(), by: z.string(), at: time }).optional(),
  })
  .meta({ id: 'ServerConfig' })

const CHANGE = z
  .strictObject({
    kind: z.enum(['update', 'upgrade']),
    dryRun: z.boolean(),
    state: z.enum(['running', 'done', 'failed']),
    from: z.string().nullable(),
    to: z.string().nullable(),
    diff: z.strictObject({ tools: ENTRY_DIFF, resources: ENTRY_DIFF, prompts: ENTRY_DIFF }).nullable(),
    message: z.string().nullable(),
    startedAt: time,
  })
  .meta({ id: 'ServerChange' }) satisfies z.ZodType<ChangeReport>

export const SERVER_RESPONSE = z
  .strictObject({
    namespace: z.string(),
    kind: KIND,
    title: z.string().nullable(),
    state: STATE,
    reason: z.string().nullable(),
    since: time,
    retryAt: time.nullable(),
    pid: z.number().nullable(),
    rssBytes: z.number().nullable(),
    connections: z.number(),
    generation: z.number(),
    restarts: z.number(),
    failures: z.number().describe('Ends and failed starts in a row'),
    lastExit: z.strictObject({ reason: z.string(), at: time }).nullable(),
    openCalls: z.number(),
    parkedCalls: z.number(),
    waitingCalls: z.number(),
    server: z
      .strictObject({
        era: z.enum(['modern', 'legacy']),
        protocolVersion: z.string(),
        info: z.record(z.string(), z.unknown()),
        capabilities: z.record(z.string(), z.unknown()),
        instructions: z.string().nullable(),
      })
      .nullable(),
    tools: z.number(),
    resources: z.number(),
    prompts: z.number(),
    config: SERVER_CONFIG,
    installed: z.strictObject({ version: z.string(), installedAt: time }).nullable(),
    progress: z.array(z.string()).readonly(),
    lastLines: z.array(z.string()).readonly(),
    change: CHANGE.nullable(),
    createdAt: time,
    timeline: z.array(z.strictObject({ at: time, state: STATE, reason: z.string().nullable() }).meta({ id: 'StateChange' })).readonly(),
  })
  .meta({ id: 'Server' }) satisfies z.ZodType<Omit<ServerStatus, 'config'>>

/** With `as=client-config`: what a desktop client keeps. */
export const SERVERS_RESPONSE = z.union([
  z.strictObject({ servers: z.array(SERVER_RESPONSE) }),
  z.strictObject({ mcpServers: z.record(z.string(), z.unknown()) }),
])

export const REMOVED_RESPONSE = z.strictObject({ removed: z.string() })
export const OUTPUT_RESPONSE = z.strictObject({ namespace: z.string(), text: z.string() })

const entries = z.array(z.record(z.string(), z.unknown())).readonly()
export const SERVER_TOOLS_RESPONSE = z.strictObject({ tools: entries, prompts: entries, resources: entries, resourceTemplates: entries })

const FILE = z.strictObject({ name: z.string(), bytes: z.number(), changedAt: time }).meta({ id: 'ServerFile' }) satisfies z.ZodType<ServerFile>
export const FILE_RESPONSE = FILE
export const FILES_RESPONSE = z.strictObject({ files: z.array(FILE) })
export const FILE_CONTENT_RESPONSE = z.strictObject({ name: z.string(), encoding: z.enum(['utf8', 'base64']), content: z.string() })

export const IMPORT_RESPONSE = z.strictObject({
  results: z.array(
    z
      .strictObject({
        name: z.string(),
        namespace: z.string().nullable(),
        state: z.enum(['created', 'ready', 'failed']),
        problems: z.array(z.string()).readonly(),
        notes: z.array(z.string()).readonly(),
      })
      .meta({ id: 'ImportedServer' }),
  ),
})

export const SAFETY_RESPONSE = z
  .looseObject({
    risk_level: z.enum(['low', 'medium', 'high']),
    risk_score: z.number(),
    blocked: z.boolean(),
    summary: z.string(),
    checks: z
      .array(
        z.strictObject({
          id: z.string(),
          status: z.enum(['pass', 'warn', 'fail', 'info']),
          severity: z.enum(['low', 'medium', 'high']),
          message: z.string(),
          detail: z.string().optional(),
        }),
      )
      .readonly(),
    required_env: z
      .array(z.strictObject({ name: z.string(), description: z.string(), required: z.boolean(), secret: z.boolean(), source: z.enum(['env', 'header']) }))
      .readonly(),
    suggested_namespace: z.string().optional(),
    resolved_server: z.object({
      name: z.string(),
      id: z.string().nullable(),
      repo_url: z.string().nullable(),
      package_type: z.enum(['npm', 'pypi', 'repo', 'remote', 'command']),
      source_url: z.string().nullable(),
    }),
  })
  .meta({ id: 'SafetyReport' }) satisfies z.ZodType<Pick<SafetyReport, 'risk_level' | 'risk_score' | 'blocked' | 'summary'>>
