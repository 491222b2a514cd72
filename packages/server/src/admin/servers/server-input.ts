import { z } from 'zod'
import type { ServerConfig } from '../../servers/server.types.ts'
import { RESTART_POLICY, SERVER_OPTIONS, SERVER_SOURCE } from '../../servers/server-schema.ts'
import type { CreateServer, ServerPatch, ServerStatus } from '../../servers/server-service.types.ts'

/** Who lets a blocked server run says why; it is kept. */
export const OVERRIDE = z.strictObject({ reason: z.string().trim().min(3).max(1000) })

const { env, title, sharing, idleStopMinutes, maxLifetimeMinutes, maxRssMb, timeoutSeconds } = SERVER_OPTIONS
export const CREATE_OPTIONS = z.strictObject({
  namespace: z.string(),
  title,
  env,
  start: z.boolean().default(true),
  sharing,
  restart: RESTART_POLICY.exactOptional(),
  idleStop: idleStopMinutes,
  maxLifetimeMinutes,
  maxRssMb,
  timeoutSeconds,
  override: OVERRIDE.exactOptional(),
})
const OPTION_NAMES: ReadonlySet<string> = new Set(Object.keys(CREATE_OPTIONS.shape))

/** A request is one flat object: what belongs to its `kind`, and options. */
export const CREATE_SERVER = z.looseObject({}).transform((body, context) => {
  const parts = splitBody(body)
  const source = SERVER_SOURCE.safeParse(parts.source)
  const options = CREATE_OPTIONS.safeParse(parts.options)
  for (const { error } of [source, options]) for (const { path, message } of error?.issues ?? []) context.addIssue({ code: 'custom', path, message })
  return source.success && options.success ? { source: source.data, options: options.data } : z.NEVER
})
export type CreateServerBody = z.infer<typeof CREATE_SERVER>

const nullable = <T extends z.ZodType>(schema: T) => z.union([schema, z.null()])
const changes = z.record(z.string().max(256), z.union([z.string().max(65_536), z.null()]))
export const PATCH_OPTIONS = z.strictObject({
  title: nullable(title.unwrap()).exactOptional(),
  env: changes.exactOptional(),
  start: z.boolean().exactOptional(),
  sharing: sharing.unwrap().exactOptional(),
  restart: RESTART_POLICY.exactOptional(),
  idleStop: idleStopMinutes.unwrap().exactOptional(),
  maxLifetimeMinutes: nullable(maxLifetimeMinutes.unwrap()).exactOptional(),
  maxRssMb: nullable(maxRssMb.unwrap()).exactOptional(),
  timeoutSeconds: nullable(timeoutSeconds.unwrap()).exactOptional(),
  override: nullable(OVERRIDE).exactOptional(),
})
const PATCH_SOURCE = z.looseObject({ headers: changes.exactOptional() })

/** What is missing stays, null removes. Members of the source are checked when they are merged with the stored ones. */
export const PATCH_SERVER = z.looseObject({}).transform((body, context) => {
  const parts = splitBody(body)
  const source = PATCH_SOURCE.safeParse(parts.source)
  const options = PATCH_OPTIONS.safeParse(parts.options)
  for (const { error } of [source, options]) for (const { path, message } of error?.issues ?? []) context.addIssue({ code: 'custom', path, message })
  return source.success && options.success ? { source: source.data, options: options.data } : z.NEVER
})
export type PatchServerBody = z.infer<typeof PATCH_SERVER>

function splitBody(body: Readonly<Record<string, unknown>>): { source: Record<string, unknown>; options: Record<string, unknown> } {
  const source: Record<string, unknown> = {}
  const options: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) (OPTION_NAMES.has(name) ? options : source)[name] = value
  return { source, options }
}

export function toCreateServer({ source, options }: CreateServerBody, by: string): CreateServer {
  const { start, idleStop, override, ...rest } = options
  const config = { ...rest, source, autoStart: start, idleStopMinutes: idleStop }
  return override === undefined ? { config } : { config, override: { reason: override.reason, by } }
}

export function toServerPatch({ source, options }: PatchServerBody, by: string): ServerPatch {
  const { start, idleStop, override, ...rest } = options
  return {
    ...rest,
    ...(Object.keys(source).length === 0 ? {} : { source }),
    ...(start === undefined ? {} : { autoStart: start }),
    ...(idleStop === undefined ? {} : { idleStopMinutes: idleStop }),
    ...(override === undefined ? {} : { override: override === null ? null : { reason: override.reason, by } }),
  }
}

/** A server as the API shows it: its configuration in the form in which it is given. */
export function toServerObject({ config, ...status }: ServerStatus): Record<string, unknown> {
  return { ...status, config: toBody(config) }
}

function toBody({ source, autoStart, idleStopMinutes, namespace: _, ...rest }: ServerConfig): Record<string, unknown> {
  return { ...source, ...rest, start: autoStart, idleStop: idleStopMinutes }
}
