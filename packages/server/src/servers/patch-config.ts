import { z } from 'zod'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { ServerConfig, ServerSource } from './server.types.ts'
import { SERVER_SOURCE } from './server-schema.ts'
import type { ServerPatch } from './server-service.types.ts'

/**
 * A configuration with changes: what is missing stays, null removes.
 * @throws {ToolDockError} `invalid_params` when the source is none of its kind
 */
export function patchConfig(config: ServerConfig, { source, env, override, ...rest }: ServerPatch): ServerConfig {
  const merged: Record<string, unknown> = { ...config, source: patchSource(config.source, source), env: withChanges(config.env, env) }
  if (override === null) delete merged.override
  for (const [name, value] of Object.entries(rest)) {
    if (value === null) delete merged[name]
    else if (value !== undefined) merged[name] = value
  }
  // Every member was checked by the schema of the request, or stays as it was.
  return merged as unknown as ServerConfig
}

function patchSource(source: ServerSource, patch: Readonly<Record<string, unknown>> | undefined): ServerSource {
  if (patch === undefined) return source
  const { headers, ...rest } = patch
  const merged: Record<string, unknown> = { ...source }
  for (const [name, value] of Object.entries(rest)) {
    if (value === null) delete merged[name]
    else merged[name] = value
  }
  if (source.kind === 'remote' && headers !== undefined) merged.headers = withChanges(source.headers, headers as Readonly<Record<string, string | null>>)
  const parsed = SERVER_SOURCE.safeParse(merged)
  if (parsed.success && parsed.data.kind === source.kind) return parsed.data
  const why = parsed.success ? 'the kind of a server cannot be changed: remove it and make a new one' : z.prettifyError(parsed.error)
  throw new ToolDockError('invalid_params', `The source is not usable: ${why}`)
}

function withChanges(values: Readonly<Record<string, string>>, changes: Readonly<Record<string, string | null>> = {}): Record<string, string> {
  const merged: Record<string, string> = { ...values }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete merged[name]
    else merged[name] = value
  }
  return merged
}
