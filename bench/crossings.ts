/** The same call through servers of the caller's era and of the other one: what the translation costs. */
import { join } from 'node:path'
import { startGateway } from '../test/system/gateway.ts'
import { LegacySession } from '../test/system/mcp-http.ts'
import { descendantsOf } from '../test/system/processes.ts'
import { addServer } from '../test/upstream/servers.ts'
import { CALL, CONNECTIONS, endPeer, GREETING, type Path, startPeer } from './processes.ts'
import { legacyRequest, modernRequest } from './requests.ts'
import type { Upstreams } from './upstreams.ts'

const ERAS = ['legacy', 'modern'] as const
type Era = (typeof ERAS)[number]
const TRANSPORTS = ['stdio', 'HTTP'] as const

/** Starts everything; what is not measured at the moment is idle. */
export async function startCrossings(): Promise<Upstreams> {
  const ends: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const gateway = await startGateway({ env: { LOG_FORMAT: 'text' } })
    ends.push(async () => {
      await gateway.stop()
      await gateway.dispose()
    })
    for (const era of ERAS) {
      await addServer(gateway, `stdio-${era}`, { kind: 'command', command: 'node', args: [join(import.meta.dirname, 'targets/upstream-stdio.ts'), era] })
      const { child, port } = await startPeer('upstream-http.ts', [era])
      ends.push(() => endPeer(child))
      await addServer(gateway, `http-${era}`, { kind: 'remote', url: `http://127.0.0.1:${port}/mcp` })
    }
    const path = async (transport: string, client: Era, server: Era): Promise<Path> => {
      const address = `/${transport.toLowerCase()}-${server}/mcp`
      const session = client === 'legacy' ? (await LegacySession.open(gateway, address)).id : undefined
      const request =
        client === 'legacy' ? legacyRequest(address, gateway.token, session, 'tools/call', CALL) : modernRequest(address, gateway.token, 'tools/call', CALL)
      return {
        name: `${server} server`,
        port: gateway.port,
        expect: GREETING,
        requests: Array.from({ length: CONNECTIONS }, () => request),
        processes: () => [{ name: 'gateway', pid: gateway.pid }, ...descendantsOf(gateway.pid).map(({ pid }) => ({ name: 'its child', pid }))],
      }
    }
    const comparisons: Upstreams['comparisons'][number][] = []
    for (const transport of TRANSPORTS)
      for (const client of ERAS)
        comparisons.push({
          title: `${client} client, ${transport}, ratio to a server of its own era`,
          paths: [await path(transport, client, client), await path(transport, client, client === 'legacy' ? 'modern' : 'legacy')],
        })
    return { comparisons, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
