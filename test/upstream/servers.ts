import type { Gateway } from '../system/gateway.ts'
import { until } from '../system/until.ts'

/** What tests look at of a server as the API shows it. */
export interface ServerObject {
  readonly namespace: string
  readonly state: 'installing' | 'stopped' | 'starting' | 'running' | 'degraded' | 'backing_off' | 'failed' | 'idle'
  readonly reason: string | null
  readonly pid: number | null
  readonly connections: number
  readonly generation: number
  readonly restarts: number
  readonly lastExit: { readonly reason: string } | null
  readonly openCalls: number
  readonly parkedCalls: number
  readonly tools: number
  readonly installed: { readonly version: string } | null
  readonly lastLines: readonly string[]
}

/** A gateway's settings for tests with servers: starts may be slow on a machine that runs many tests. */
export const PATIENT = { FASTMCP_STARTUP_TIMEOUT: '60' }

/** @throws with the answer when it was refused */
export async function createServer(gateway: Gateway, namespace: string, body: Readonly<Record<string, unknown>>): Promise<ServerObject> {
  const reply = await gateway.http('/api/servers', { body: { namespace, ...body } })
  if (reply.status !== 202) throw new Error(`POST /api/servers answered ${reply.status} ${reply.text}`)
  return reply.json
}

export async function getServer(gateway: Gateway, namespace: string): Promise<ServerObject> {
  const reply = await gateway.http(`/api/servers/${namespace}`)
  if (reply.status !== 200) throw new Error(`GET /api/servers/${namespace} answered ${reply.status} ${reply.text}`)
  return reply.json
}

/** Waits for a state. @throws at once with the server's own words when it failed instead */
export async function serverIn(gateway: Gateway, namespace: string, state: ServerObject['state'], timeoutMs = 90_000): Promise<ServerObject> {
  return until(
    `${namespace} to be ${state}`,
    async () => {
      const server = await getServer(gateway, namespace)
      if (server.state === 'failed' && state !== 'failed') throw new Error(`${namespace} failed: ${server.reason}\n${server.lastLines.join('\n')}`)
      return server.state === state && server
    },
    timeoutMs,
  )
}

/** Creates it and waits until it runs. */
export async function addServer(gateway: Gateway, namespace: string, body: Readonly<Record<string, unknown>>, timeoutMs?: number): Promise<ServerObject> {
  await createServer(gateway, namespace, body)
  return serverIn(gateway, namespace, 'running', timeoutMs)
}

/** What this machine needs to reach registries, for gateways that install from them. */
export function registryAccess(): Record<string, string | undefined> {
  const names = ['NPM_REGISTRY', 'NPM_REGISTRY_TOKEN', 'PYPI_INDEX_URL', 'UV_DEFAULT_INDEX', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS']
  return Object.fromEntries(names.map((name) => [name, process.env[name]]))
}
