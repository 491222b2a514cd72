import type { Catalogue } from '@tooldock/worker/protocol'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import type { Era, McpConnection } from '../upstream/mcp-connection.types.ts'
import { type ServerConnection, untilAborted } from './server-connection.ts'
import { type Publication, toPublishedNamespace } from './server-listing.ts'
import type { Supervisor } from './supervisor.ts'

interface Ready {
  readonly namespace: PublishedNamespace
  /** That it was listed on: another one may list something else. */
  readonly connection: ServerConnection
}

/** Of sets of capabilities: clients of one kind write the same one. */
const READY_MAX = 1000

const keyOf = (capabilities: Readonly<Record<string, unknown>>, era: Era): string => `${era} ${JSON.stringify(capabilities)}`

/**
 * A namespace that tells what the server lists to clients with other capabilities than the most. Listed once for each connection and version; what is
 * stored is the answer while the server does not run, and when it does not list in time.
 */
export function publishWithVariants(supervisor: Supervisor, base: Publication, deadlineMs: number): PublishedNamespace {
  const known = new WeakMap<McpConnection, Promise<PublishedNamespace>>()
  /** What is known at once, by era and capabilities as clients write them. */
  const ready = new Map<string, Ready>()
  const whole = toPublishedNamespace({ ...base, variantFor })

  async function ask(capabilities: Readonly<Record<string, unknown>>, era: Era, signal: AbortSignal): Promise<PublishedNamespace> {
    const { running } = supervisor
    const picked = running?.pool.pickLister(capabilities, era)
    if (running === undefined || picked === undefined) return whole
    const connection = picked instanceof Promise ? await untilAborted(picked, signal) : picked
    const { mcp } = connection
    const namespace = connection === running.pool.main ? whole : await untilAborted(variantOf(mcp), signal)
    connection.usedAt = performance.now()
    if (ready.size >= READY_MAX) ready.clear()
    ready.set(keyOf(capabilities, era), { namespace, connection })
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

  function variantFor(capabilities: Readonly<Record<string, unknown>>, era: Era): PublishedNamespace | Promise<PublishedNamespace> {
    const found = ready.get(keyOf(capabilities, era))
    if (found === undefined || found.connection.isClosed || found.connection.mcp.era !== supervisor.running?.pool.listingEra(era))
      return askInTime(capabilities, era)
    found.connection.usedAt = performance.now()
    return found.namespace
  }

  async function askInTime(capabilities: Readonly<Record<string, unknown>>, era: Era): Promise<PublishedNamespace> {
    try {
      return await ask(capabilities, era, AbortSignal.timeout(deadlineMs))
    } catch {
      // A slow or broken server never empties a list.
      return whole
    }
  }

  return whole
}
