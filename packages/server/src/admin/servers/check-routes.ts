import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { type FillableOption, installForm } from '../../servers/registry/install-form.ts'
import { SERVER_SOURCE } from '../../servers/server-schema.ts'
import { bodyOf, check } from '../input.ts'
import type { ServerAdminDeps } from './server-admin-deps.ts'
import { SAFETY_RESPONSE } from './server-responses.ts'

/** A server as it would be created, the name of one in the registry, or the namespace of one that exists. */
const CHECK_BODY = z
  .looseObject({
    kind: z.string().optional(),
    namespace: z.string().optional(),
    registryName: z.string().min(1).max(300).optional(),
    env: z.record(z.string(), z.string()).default({}),
  })
  .refine(
    ({ kind, namespace, registryName }) => [kind, namespace, registryName].some((given) => given !== undefined),
    'give a "kind", "registryName" or "namespace"',
  )

/** What is known of the risk of a server, before anything of it runs. */
export function registerCheckRoutes(app: FastifyInstance, { config, servers, assessor, registry }: ServerAdminDeps): void {
  app.post(
    '/api/servers/check',
    {
      config: {
        api: { changes: false, summary: 'What is known of the risk of a server, before anything of it runs', body: CHECK_BODY, response: SAFETY_RESPONSE },
      },
    },
    async (request) => {
      const body = check(CHECK_BODY, bodyOf(request, config.jsonDepthMax), 'body')
      if (typeof body.registryName === 'string') return assessRegistered(body.registryName)
      if (body.kind !== undefined) {
        const { env, namespace: _, registryName: __, ...source } = body
        return assessor.assess({ source: check(SERVER_SOURCE, source, 'body'), env })
      }
      const { config: known } = servers.get(body.namespace ?? '')
      return assessor.assess({ source: known.source, env: known.env, tools: servers.catalogue(known.namespace).tools })
    },
  )

  async function assessRegistered(name: string) {
    const found = await registry.find(name)
    if (found === undefined) throw new ToolDockError('not_found', `The registry has no server "${name.slice(0, 80)}".`)
    const options: readonly FillableOption[] = installForm(found).options
    const option = options.find(({ problems }) => problems.length === 0)
    if (option === undefined) throw new ToolDockError('invalid_params', 'ToolDock cannot install this server; the registry shows why for each of its forms.')
    // Placeholders: what is asked of a person later does not change who made the program.
    const filled = option.fill(Object.fromEntries(option.inputs.map(({ id, default: given }) => [id, given ?? 'value'])))
    if ('missing' in filled) throw new ToolDockError('invalid_params', `The registry entry cannot be filled in: ${filled.missing.join(', ')}.`)
    return assessor.assess({ ...filled, registry: found })
  }
}
