import type { Catalogue } from '@tooldock/worker/protocol'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import type { Era, McpConnection } from '../upstream/mcp-connection.types.ts'
import type { ServerConfig } from './server.types.ts'
import { type ServerConnection, untilAborted } from './server-connection.ts'
import { type Publication, toPublishedNamespace } from './server-listing.ts'
import type { Supervisor } from './supervisor.ts'

/** Sets of capabilities whose connection is remembered: clients of one kind write the same one. */
const READY_MAX = 1000

export interface VariedPublication extends Publication {
  readonly config: Pick<ServerConfig, 'namespace' | 'title' | 'sharing' | 'source'>
}

/**
 * A namespace that tells what the server lists to clients with other capabilities than the most, or in a process of their own. Listed once
 * for each connection and version; what is stored is the answer while the server does not run, and when it does not list in time.
 */
export function publishWithVariants(supervisor: Supervisor, base: VariedPublication, deadlineMs: number): PublishedNamespace {
  const { sharing, source } = base.config
  const known = new WeakMap<McpConnection, Promise<PublishedNamespace>>()
  /** What is known at once. */
  const listed = new WeakMap<ServerConnection, PublishedNamespace>()
  /** By era and capabilities, as clients write them. */
  const ready = new Map<string, ServerConnection>()
  const whole = toPublishedNamespace({ ...base, variantFor: sharing === 'per-session' && source.kind !== 'remote' ? variantInSession : variantFor })

  async function listOn(connection: ServerConnection, signal: AbortSignal): Promise<PublishedNamespace> {
    const namespace = connection === supervisor.running?.pool.main ? whole : await untilAborted(variantOf(connection.mcp), signal)
    connection.usedAt = performance.now()
    listed.set(connection, namespace)
    return namespace
  }

  function variantOf(mcp: McpConnection): Promise<PublishedNamespace> {
    let variant = known.get(mcp)
    if (variant === undefined) {
      variant = mcp.list().then((catalogue) => publish(mcp, catalogue))
      known.set(mcp, variant)
      // A list that failed is asked for again.
      variant.catch(() => known.delete(mcp))
    }
    return variant
  }

  function publish({ era, serverInfo, capabilities, instructions }: McpConnection, catalogue: Catalogue): PublishedNamespace {
    if (base.listing === undefined) return whole
    const { instructions: _, ...listing } = base.listing
    const said = { ...listing, era, serverInfo, capabilities, catalogue, ...(instructions === undefined ? {} : { instructions }) }
    return toPublishedNamespace({ ...base, listing: said })
  }

  function variantFor(clientCapabilities: Readonly<Record<string, unknown>>, era: Era): PublishedNamespace | Promise<PublishedNamespace> {
    const pool = supervisor.running?.pool
    if (pool === undefined) return whole
    const key = `${era} ${JSON.stringify(clientCapabilities)}`
    const found = ready.get(key)
    const namespace = found === undefined || found.isClosed || found.mcp.era !== pool.listingEra(era) ? undefined : listed.get(found)
    if (found === undefined || namespace === undefined)
      return inTime(async (signal) => {
        const connection = await untilAborted(Promise.resolve(pool.reachToList({ clientCapabilities, era })), signal)
        if (ready.size >= READY_MAX) ready.clear()
        ready.set(key, connection)
        return listOn(connection, signal)
      })
    found.usedAt = performance.now()
    return namespace
  }

  /** No process is started to be listed: a session that has called nothing yet sees what all see. */
  function variantInSession(
    clientCapabilities: Readonly<Record<string, unknown>>,
    era: Era,
    session?: string,
  ): PublishedNamespace | Promise<PublishedNamespace> {
    const own = session === undefined ? undefined : supervisor.running?.pool.opened({ clientCapabilities, era, session })
    if (own === undefined) return whole
    return listed.get(own) ?? inTime((signal) => listOn(own, signal))
  }

  async function inTime(list: (signal: AbortSignal) => Promise<PublishedNamespace>): Promise<PublishedNamespace> {
    try {
      return await list(AbortSignal.timeout(deadlineMs))
    } catch {
      // A slow or broken server never empties a list.
      return whole
    }
  }

  return whole
}
