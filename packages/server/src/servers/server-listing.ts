import { createHash } from 'node:crypto'
import type { Catalogue } from '@tooldock/worker/protocol'
import { z } from 'zod'
import { publishedLists } from '../catalog/published-lists.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import { EMPTY_CATALOGUE } from '../namespaces/catalogue-diff.ts'
import type { Era, McpConnection } from '../upstream/mcp-connection.types.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Installed, ServerConfig } from './server.types.ts'

/** What a server said of itself and listed when it last ran: what is published whether it runs or not. */
export interface Listing {
  readonly era: Era
  readonly protocolVersion: string
  readonly serverInfo: Readonly<Record<string, unknown>>
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly instructions?: string
  readonly catalogue: Catalogue
}

const OBJECT = z.record(z.string(), z.unknown())
const LISTING = z.object({
  era: z.enum(['modern', 'legacy']),
  protocolVersion: z.string(),
  serverInfo: OBJECT,
  capabilities: OBJECT,
  instructions: z.string().optional(),
  catalogue: z.object({
    tools: z.array(z.looseObject({ name: z.string() })),
    resources: z.array(z.looseObject({ uri: z.string() })),
    resourceTemplates: z.array(z.looseObject({ uriTemplate: z.string() })),
    prompts: z.array(z.looseObject({ name: z.string() })),
    completions: z.boolean(),
    listMembers: z.record(z.string(), OBJECT).optional(),
  }),
})

export function listingOf(mcp: McpConnection, catalogue: Catalogue): Listing {
  const { era, protocolVersion, serverInfo, capabilities, instructions } = mcp
  return { era, protocolVersion, serverInfo, capabilities, ...(instructions === undefined ? {} : { instructions }), catalogue }
}

/** A stored listing; undefined when it is none, or was made with another version of the server. */
export function readListing(stored: unknown, storedKey: string | null, key: string): Listing | undefined {
  if (storedKey !== key) return undefined
  const parsed = LISTING.safeParse(stored)
  // Entries are as the server wrote them: what makes them one was checked when they were listed.
  return parsed.success ? (parsed.data as unknown as Listing) : undefined
}

/** Changes whenever another program, or the same one with other arguments or variables, may list something else. */
export function listingKeyOf({ source, env }: Pick<ServerConfig, 'source' | 'env'>, installed: Installed | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([source, env, installed?.version ?? null]))
    .digest('hex')
}

export interface Publication {
  readonly config: Pick<ServerConfig, 'namespace' | 'title'>
  /** Undefined: it has never answered. */
  readonly listing: Listing | undefined
  readonly upstream: Upstream
  readonly variantFor?: PublishedNamespace['variantFor']
}

export function toPublishedNamespace({ config, listing, upstream, variantFor }: Publication): PublishedNamespace {
  const title = config.title ?? (typeof listing?.serverInfo.title === 'string' ? listing.serverInfo.title : undefined)
  return Object.freeze({
    name: config.namespace,
    kind: 'server' as const,
    ...(title === undefined ? {} : { title }),
    ...(listing?.instructions === undefined ? {} : { instructions: listing.instructions }),
    ...(listing === undefined ? {} : { server: saidBy(listing) }),
    generation: generationOf(listing),
    ...publishedLists(listing?.catalogue ?? EMPTY_CATALOGUE),
    upstream,
    ...(variantFor === undefined ? {} : { variantFor }),
  })
}

function saidBy({ serverInfo, capabilities, era, catalogue: { listMembers } }: Listing): NonNullable<PublishedNamespace['server']> {
  return { info: serverInfo, capabilities, era, ...(listMembers === undefined ? {} : { listMembers }) }
}

/** The same lists have the same name, also after a restart: cursors go on. */
function generationOf(listing: Listing | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify(listing?.catalogue ?? null))
    .digest('hex')
    .slice(0, 16)
}
