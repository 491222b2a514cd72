import { createHash } from 'node:crypto'
import { combinedUri } from '../catalog/combined-name.ts'
import { publishedLists } from '../catalog/published-lists.ts'
import { withRenamedApp } from '../catalog/renamed-uris.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Assembly } from './assemble.ts'
import type { BundleConfig, BundleStatus } from './bundle.types.ts'
import { type SkillServer, skillsExtension } from './bundle-skills.ts'
import { DISCOVERY_TOOLS } from './search-tools.ts'
import { tokenCost } from './token-cost.ts'

/** A bundle and what it is put together to now. */
export interface Assembled {
  readonly namespace: string
  readonly config: BundleConfig
  readonly assembly: Assembly
  readonly createdAt: string
  readonly updatedAt: string
}

/** Something that its configuration names may be missing. */
export const stateOf = ({ problems }: Assembly): BundleStatus['state'] => (problems.length === 0 ? 'ready' : 'degraded')

export function statusOf({ namespace, assembly, config, createdAt, updatedAt }: Assembled): BundleStatus {
  const { tools, prompts, resources, resourceTemplates, problems } = assembly
  return {
    namespace,
    kind: 'bundle',
    state: stateOf(assembly),
    problems,
    tools: tools.size,
    prompts: prompts.size,
    resources: resources.length + resourceTemplates.length,
    tokens: tokenCost([...tools.values()].map(({ shown }) => shown)),
    config,
    createdAt,
    updatedAt,
  }
}

export function toPublishedNamespace(
  { namespace, config, assembly }: Pick<Assembled, 'namespace' | 'config' | 'assembly'>,
  upstream: Upstream,
  skillServers: readonly SkillServer[],
  variantFor?: PublishedNamespace['variantFor'],
): PublishedNamespace {
  const { title, description, instructions, discovery } = config
  const tools =
    discovery === 'search'
      ? DISCOVERY_TOOLS
      : [...assembly.tools.values()].map(({ shown, origin }) => withRenamedApp(shown, (uri) => combinedUri(origin.namespace, uri)))
  const prompts = [...assembly.prompts.values()].map(({ shown }) => shown)
  const { resources, resourceTemplates, completions } = assembly
  return Object.freeze({
    name: namespace,
    kind: 'bundle' as const,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(instructions === undefined ? {} : { instructions }),
    generation: createHash('sha256')
      .update(JSON.stringify([tools, prompts, resources, resourceTemplates]))
      .digest('hex')
      .slice(0, 16),
    ...publishedLists({ tools, resources, resourceTemplates, prompts, completions }),
    upstream,
    ...(skillServers.length === 0 ? {} : { extensions: skillsExtension(skillServers) }),
    ...(variantFor === undefined ? {} : { variantFor }),
  })
}
