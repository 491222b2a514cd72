import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { exportClientConfig } from '../../servers/import-config/export-client-config.ts'
import { SERVER_SOURCE } from '../../servers/server-schema.ts'
import type { ServerStatus } from '../../servers/server-service.types.ts'
import { bodyOf, check } from '../input.ts'
import type { ServerAdminDeps } from './server-admin-deps.ts'
import { CREATE_OPTIONS, CREATE_SERVER, PATCH_OPTIONS, PATCH_SERVER, toCreateServer, toServerObject, toServerPatch } from './server-input.ts'
import { REMOVED_RESPONSE, SERVER_RESPONSE, SERVER_TOOLS_RESPONSE, SERVERS_RESPONSE } from './server-responses.ts'

const NOTHING = z.strictObject({})
const SERVER = z.strictObject({ ns: z.string() })
/** `client-config`: as desktop clients keep it. */
const LIST_QUERY = z.strictObject({ as: z.enum(['servers', 'client-config']).default('servers') })
const UPGRADE_BODY = z.strictObject({ dryRun: z.boolean().default(false) })

const ACTS: Readonly<Record<string, string>> = {
  start: 'Starts a server',
  stop: 'Stops a server; nothing starts it again but a person',
  restart: 'Ends the process and starts it anew',
}

/** The external servers. What takes longer than a moment is answered 202 with the server, whose `state` and `change` go on. */
export function registerServerRoutes(app: FastifyInstance, { config, servers }: ServerAdminDeps): void {
  const body = (request: FastifyRequest): unknown => bodyOf(request, config.jsonDepthMax)
  const namespaceOf = ({ params, query }: FastifyRequest): string => {
    check(NOTHING, query, 'query')
    return check(SERVER, params, 'path').ns
  }

  app.get(
    '/api/servers',
    { config: { api: { summary: 'Every external server with its state, or all as a client configuration', query: LIST_QUERY, response: SERVERS_RESPONSE } } },
    async ({ query }) => {
      const { as } = check(LIST_QUERY, query, 'query')
      const listed = servers.list()
      return as === 'client-config' ? exportClientConfig(listed.map((server) => server.config)) : { servers: listed.map(toServerObject) }
    },
  )

  app.post(
    '/api/servers',
    {
      config: {
        api: {
          summary: 'Adds a server: npm, pypi, git, command or remote',
          body: z.intersection(SERVER_SOURCE, CREATE_OPTIONS),
          response: SERVER_RESPONSE,
          subject: 'namespace',
          status: 202,
        },
      },
    },
    async (request, reply) => {
      const server = await servers.create(toCreateServer(check(CREATE_SERVER, body(request), 'body'), request.principal.id))
      reply.code(202).header('location', `/api/servers/${server.namespace}`)
      return toServerObject(server)
    },
  )

  app.get(
    '/api/servers/:ns',
    { config: { api: { summary: 'One server: state, reason, process, version, configuration', response: SERVER_RESPONSE } } },
    async (request) => toServerObject(servers.get(namespaceOf(request))),
  )

  app.patch(
    '/api/servers/:ns',
    { config: { api: { summary: 'Changes a server; what is missing stays, null removes', body: PATCH_OPTIONS, response: SERVER_RESPONSE, status: 202 } } },
    async (request, reply) => {
      const patch = toServerPatch(check(PATCH_SERVER, body(request), 'body'), request.principal.id)
      const server = await servers.update(namespaceOf(request), patch)
      reply.code(server.change?.state === 'running' ? 202 : 200)
      return toServerObject(server)
    },
  )

  app.delete('/api/servers/:ns', { config: { api: { summary: 'Stops and removes a server with its files', response: REMOVED_RESPONSE } } }, async (request) => {
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
    app.post(`/api/servers/:ns/${name}`, { config: { api: { summary: ACTS[name] ?? '', response: SERVER_RESPONSE, status: 202 } } }, async (request, reply) => {
      check(NOTHING, body(request), 'body')
      const server = await act(namespaceOf(request))
      reply.code(202)
      return toServerObject(server)
    })
  }

  app.post(
    '/api/servers/:ns/upgrade',
    {
      config: {
        api: {
          summary: 'Installs the newest version beside the old one; dryRun only shows the differences',
          body: UPGRADE_BODY,
          response: SERVER_RESPONSE,
          status: 202,
        },
      },
    },
    async (request, reply) => {
      const { dryRun } = check(UPGRADE_BODY, body(request), 'body')
      const server = await servers.upgrade(namespaceOf(request), { dryRun })
      reply.code(202)
      return toServerObject(server)
    },
  )

  app.get('/api/servers/:ns/tools', { config: { api: { summary: 'What the server lists', response: SERVER_TOOLS_RESPONSE } } }, async (request) => {
    const { tools, prompts, resources, resourceTemplates } = servers.catalogue(namespaceOf(request))
    return { tools, prompts, resources, resourceTemplates }
  })
}
