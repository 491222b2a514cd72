import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { exportClientConfig } from '../../servers/import-config/export-client-config.ts'
import type { ServerStatus } from '../../servers/server-service.types.ts'
import { bodyOf, check } from '../input.ts'
import type { ServerAdminDeps } from './server-admin-deps.ts'
import { CREATE_SERVER, PATCH_SERVER, toCreateServer, toServerObject, toServerPatch } from './server-input.ts'

const NOTHING = z.strictObject({})
const SERVER = z.strictObject({ ns: z.string() })
/** `client-config`: as desktop clients keep it. */
const LIST_QUERY = z.strictObject({ as: z.enum(['servers', 'client-config']).default('servers') })
const UPGRADE_BODY = z.strictObject({ dryRun: z.boolean().default(false) })

/** The external servers. What takes longer than a moment is answered 202 with the server, whose `state` and `change` go on. */
export function registerServerRoutes(app: FastifyInstance, { config, servers }: ServerAdminDeps): void {
  const body = (request: FastifyRequest): unknown => bodyOf(request, config.jsonDepthMax)
  const namespaceOf = ({ params, query }: FastifyRequest): string => {
    check(NOTHING, query, 'query')
    return check(SERVER, params, 'path').ns
  }

  app.get('/api/servers', async ({ query }) => {
    const { as } = check(LIST_QUERY, query, 'query')
    const listed = servers.list()
    return as === 'client-config' ? exportClientConfig(listed.map((server) => server.config)) : { servers: listed.map(toServerObject) }
  })

  app.post('/api/servers', async (request, reply) => {
    const server = await servers.create(toCreateServer(check(CREATE_SERVER, body(request), 'body'), request.principal.id))
    reply.code(202).header('location', `/api/servers/${server.namespace}`)
    return toServerObject(server)
  })

  app.get('/api/servers/:ns', async (request) => toServerObject(servers.get(namespaceOf(request))))

  app.patch('/api/servers/:ns', async (request, reply) => {
    const patch = toServerPatch(check(PATCH_SERVER, body(request), 'body'), request.principal.id)
    const server = await servers.update(namespaceOf(request), patch)
    reply.code(server.change?.state === 'running' ? 202 : 200)
    return toServerObject(server)
  })

  app.delete('/api/servers/:ns', async (request) => {
    const namespace = namespaceOf(request)
    await servers.remove(namespace)
    return { removed: namespace }
  })

  const acts: Readonly<Record<string, (namespace: string) => Promise<ServerStatus>>> = {
    start: (namespace) => servers.startServer(namespace),
    stop: (namespace) => servers.stopServer(namespace),
    restart: (namespace) => servers.restartServer(namespace),
  }
  for (const [name, act] of Object.entries(acts)) {
    app.post(`/api/servers/:ns/${name}`, async (request, reply) => {
      check(NOTHING, body(request), 'body')
      const server = await act(namespaceOf(request))
      reply.code(202)
      return toServerObject(server)
    })
  }

  app.post('/api/servers/:ns/upgrade', async (request, reply) => {
    const { dryRun } = check(UPGRADE_BODY, body(request), 'body')
    const server = await servers.upgrade(namespaceOf(request), { dryRun })
    reply.code(202)
    return toServerObject(server)
  })

  app.get('/api/servers/:ns/tools', async (request) => {
    const { tools, prompts, resources, resourceTemplates } = servers.catalogue(namespaceOf(request))
    return { tools, prompts, resources, resourceTemplates }
  })
}
