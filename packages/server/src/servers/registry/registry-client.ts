import { z } from 'zod'
import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { GetJson } from './get-json.ts'
import { type RegistryServer, SERVER_JSON } from './server-json.ts'

export interface RegistryPage {
  /** The latest version of each server. */
  readonly servers: readonly RegistryServer[]
  readonly nextCursor?: string
  /** Entries that cannot be understood. */
  readonly skipped: number
}

/** A registry of MCP servers, API v0.1. Every method @throws {ToolDockError} `registry_unavailable` */
export interface RegistryClient {
  search(options: { readonly query?: string; readonly limit?: number; readonly cursor?: string }): Promise<RegistryPage>
  /** The latest version; undefined: the registry has no server of this name. */
  find(name: string): Promise<RegistryServer | undefined>
}

export interface RegistryDeps {
  readonly config: Pick<Config, 'registryUrl' | 'registryCacheMinutes' | 'registryCacheMax'>
  readonly getJson: Pick<GetJson, 'get'>
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number
}

const LIMIT_DEFAULT = 30
const LIMIT_MAX = 100
const OFFICIAL = 'io.modelcontextprotocol.registry/official'

const ENTRY = z.looseObject({ server: z.unknown(), _meta: z.record(z.string(), z.unknown()).optional() })
const PAGE = z.looseObject({ servers: z.array(z.unknown()).nullable(), metadata: z.looseObject({ nextCursor: z.string().nullish() }).nullish() })
const STATE = z.looseObject({ isLatest: z.boolean().optional(), status: z.string().optional() })

export function createRegistryClient({ config, getJson, now = () => performance.now() }: RegistryDeps): RegistryClient {
  const cache = new Map<string, { readonly answer: Promise<unknown>; readonly until: number }>()

  /** Who asks the same at the same time shares the answer; a failure is not kept. */
  function get(path: string): Promise<unknown> {
    const kept = cache.get(path)
    if (kept !== undefined && kept.until > now()) return kept.answer
    cache.delete(path)
    const answer = getJson.get(`${config.registryUrl}/v0.1${path}`)
    cache.set(path, { answer, until: now() + config.registryCacheMinutes * 60_000 })
    answer.catch(() => cache.get(path)?.answer === answer && cache.delete(path))
    for (const oldest of cache.keys()) {
      if (cache.size <= config.registryCacheMax) break
      cache.delete(oldest)
    }
    return answer
  }

  return {
    async search({ query = '', limit = LIMIT_DEFAULT, cursor }) {
      const bounded = Math.min(Math.max(1, Math.trunc(limit)), LIMIT_MAX)
      const parameters = new URLSearchParams({ version: 'latest', limit: String(bounded) })
      if (query.trim() !== '') parameters.set('search', query.trim())
      if (cursor !== undefined) parameters.set('cursor', cursor)
      const page = PAGE.safeParse(await get(`/servers?${parameters}`))
      if (!page.success) throw new ToolDockError('registry_unavailable', 'The registry answered something that is no list of servers.')
      return toPage(page.data, bounded)
    },
    async find(name) {
      const found = await get(`/servers/${encodeURIComponent(name)}/versions/latest`)
      if (found === undefined) return undefined
      const entry = readEntry(found)
      if (entry === undefined) throw new ToolDockError('registry_unavailable', 'The registry answered something that is no server.')
      return entry.server
    },
  }
}

function toPage({ servers, metadata }: z.infer<typeof PAGE>, limit: number): RegistryPage {
  const latest = new Map<string, RegistryServer>()
  let skipped = 0
  for (const value of (servers ?? []).slice(0, limit)) {
    const entry = readEntry(value)
    if (entry === undefined) skipped++
    // A registry that does not know `version=latest` lists every version.
    else if (entry.isLatest && !latest.has(entry.server.name)) latest.set(entry.server.name, entry.server)
  }
  const nextCursor = metadata?.nextCursor ?? ''
  return { servers: [...latest.values()], skipped, ...(nextCursor === '' ? {} : { nextCursor }) }
}

function readEntry(value: unknown): { readonly server: RegistryServer; readonly isLatest: boolean } | undefined {
  const entry = ENTRY.safeParse(value)
  const server = entry.success ? SERVER_JSON.safeParse(entry.data.server) : entry
  if (!server.success) return undefined
  const state = STATE.safeParse(entry.data?._meta?.[OFFICIAL] ?? {})
  return { server: server.data as RegistryServer, isLatest: !state.success || (state.data.isLatest !== false && state.data.status !== 'deleted') }
}
