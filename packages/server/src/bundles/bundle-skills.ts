import { combinedUri, splitCombinedUri } from '../catalog/combined-name.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { isObject, type Json } from '../upstream/json-lines.ts'
import type { PassedRequest, RunningCall, Upstream, UpstreamResult } from '../upstream/upstream.ts'
import type { Assembly } from './assemble.ts'
import type { BundleConfig } from './bundle.types.ts'
import type { Parts } from './bundle-variants.ts'

const SKILLS = 'io.modelcontextprotocol/skills'

/** Of all servers together; a list may be partial. */
const PAGES_MAX = 100
/** A server that takes longer is left out of the list. In milliseconds. */
const LIST_MS = 5000

/** A namespace that serves skills. */
export interface SkillServer {
  readonly namespace: string
  readonly directoryRead: boolean
}

/** Whose skills a bundle shows: they are resources, of servers that speak the revision of the extension. */
export function findSkillServers({ entries }: Pick<BundleConfig, 'entries'>, parts: Parts): readonly SkillServer[] {
  return entries.flatMap(({ namespace, resources }) => {
    const server = resources.length === 0 ? undefined : parts.get(namespace)?.server
    const skills = server?.era === 'modern' && isObject(server.capabilities.extensions) ? server.capabilities.extensions[SKILLS] : undefined
    return isObject(skills) ? [{ namespace, directoryRead: skills.directoryRead === true }] : []
  })
}

/** What a bundle with these declares. */
export const skillsExtension = (servers: readonly SkillServer[]): Readonly<Record<string, unknown>> => ({
  [SKILLS]: servers.some(({ directoryRead }) => directoryRead) ? { directoryRead: true } : {},
})

export interface BundleSkillsDeps {
  readonly servers: readonly SkillServer[]
  readonly shows: Assembly['shows']
  readonly find: (namespace: string) => Upstream | undefined
}

/**
 * Answers the methods of the Skills extension for several servers, in the URIs of the bundle: what the bundle does not show whole of a
 * skill it does not show at all, as its list of files must be complete. Frontmatter and digests are passed on as they are.
 */
export function createBundleSkills({ servers, shows, find }: BundleSkillsDeps): (request: PassedRequest) => RunningCall {
  function pass(request: PassedRequest): RunningCall {
    if (request.era === 'modern' && request.method === 'skills/list') return list(request)
    if (request.era === 'modern' && request.method === 'skills/get')
      return ask(request, (namespace, { skill, ...rest }) => ({ ...rest, skill: shown(namespace, skill) ?? unknown(request) }))
    if (request.era === 'modern' && request.method === 'resources/directory/read')
      return ask(request, (namespace, result) => ({ ...result, resources: shownFiles(namespace, result.resources) }))
    throw new ToolDockError('method_not_found', `The method "${request.method}" does not exist.`)
  }

  /** Of the one server that a URI belongs to. */
  function ask(request: PassedRequest, rename: (namespace: string, result: Json) => Json): RunningCall {
    const { namespace, uri } = splitCombinedUri(String(request.params.uri)) ?? unknown(request)
    const running =
      (servers.some((server) => server.namespace === namespace) ? find(namespace)?.pass : undefined)?.({ ...request, params: { ...request.params, uri } }) ??
      unknown(request)
    const result = running.result.then(
      (ended): UpstreamResult => (ended.kind === 'complete' ? { ...ended, json: JSON.stringify(rename(namespace, parsed(ended.json))) } : ended),
    )
    return { result, cancel: (reason) => running.cancel(reason) }
  }

  /** One page of all there is. */
  function list(request: PassedRequest): RunningCall {
    const gone = new AbortController()
    const lists = servers.map(({ namespace }) => listOf(namespace, request, AbortSignal.any([gone.signal, AbortSignal.timeout(LIST_MS)])))
    const result = Promise.all(lists).then((all): UpstreamResult => {
      if (gone.signal.aborted) throw new ToolDockError('cancelled', String(gone.signal.reason))
      return { kind: 'complete', isError: false, json: JSON.stringify({ resultType: 'complete', skills: all.flat(), ttlMs: 0, cacheScope: 'private' }) }
    })
    return { result, cancel: (reason) => gone.abort(reason) }
  }

  async function listOf(namespace: string, request: PassedRequest, signal: AbortSignal): Promise<Json[]> {
    const found: Json[] = []
    let cursor: unknown
    for (let page = 0; page < PAGES_MAX && !signal.aborted; page++) {
      const running = find(namespace)?.pass?.({ ...request, params: cursor === undefined ? {} : { cursor } })
      const cancel = (): void => running?.cancel('The list is not waited for any longer.')
      signal.addEventListener('abort', cancel, { once: true })
      // One that fails or is slow does not keep the others from being listed.
      const ended = await running?.result.catch(() => undefined)
      signal.removeEventListener('abort', cancel)
      if (ended?.kind !== 'complete') break
      const { skills, nextCursor } = parsed(ended.json)
      for (const skill of Array.isArray(skills) ? skills : []) {
        const one = shown(namespace, skill)
        if (one !== undefined) found.push(one)
      }
      cursor = nextCursor
      if (typeof cursor !== 'string') break
    }
    return found
  }

  function shown(namespace: string, skill: unknown): Json | undefined {
    if (!isObject(skill) || typeof skill.uri !== 'string' || !shows(namespace, skill.uri)) return undefined
    const { resources } = skill
    const files = Array.isArray(resources) ? shownFiles(namespace, resources) : undefined
    if (Array.isArray(resources) && files?.length !== resources.length) return undefined
    return { ...skill, uri: combinedUri(namespace, skill.uri), ...(files === undefined ? {} : { resources: files }) }
  }

  const shownFiles = (namespace: string, files: unknown): readonly Json[] =>
    (Array.isArray(files) ? files : []).flatMap((file) =>
      isObject(file) && typeof file.uri === 'string' && shows(namespace, file.uri) ? [{ ...file, uri: combinedUri(namespace, file.uri) }] : [],
    )

  return pass
}

const parsed = (json: string): Json => JSON.parse(json) as Json

/** As for a resource that does not exist: "Invalid params". */
function unknown({ params }: PassedRequest): never {
  throw new ToolDockError('invalid_params', `There is no skill or folder "${String(params.uri)}" here.`)
}
