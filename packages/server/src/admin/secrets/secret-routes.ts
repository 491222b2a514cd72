import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { assertNamespaceName } from '../../namespaces/namespace-name.ts'
import type { SecretInfo } from '../../servers/secrets/secrets.ts'
import { bodyOf, check } from '../input.ts'
import type { ServerAdminDeps } from '../servers/server-admin-deps.ts'

const NOTHING = z.strictObject({})
const SECRET = z.strictObject({ name: z.string() })
const SCOPE_QUERY = z.strictObject({ namespace: z.string().optional() })
const SECRET_INFO = z
  .strictObject({ name: z.string(), namespace: z.string().exactOptional(), setAt: z.iso.datetime() })
  .meta({ id: 'SecretInfo' }) satisfies z.ZodType<SecretInfo>
const SECRET_BODY = z.strictObject({ value: z.string(), namespace: z.string().optional() })

/** Values go in and never come out. Without a namespace a secret is for all. */
export function registerSecretRoutes(app: FastifyInstance, { config, secrets }: ServerAdminDeps): void {
  const scope = (namespace: string | undefined): { readonly namespace?: string } => {
    if (namespace === undefined) return {}
    assertNamespaceName(namespace)
    return { namespace }
  }

  app.get(
    '/api/secrets',
    { config: { api: { summary: 'Names of the secrets and when each was set; never a value', response: z.strictObject({ secrets: z.array(SECRET_INFO) }) } } },
    async ({ query }) => {
      check(NOTHING, query, 'query')
      return { secrets: await secrets.list() }
    },
  )

  app.put('/api/secrets/:name', { config: { api: { summary: 'Sets a secret', body: SECRET_BODY, response: SECRET_INFO } } }, async (request) => {
    const { name } = check(SECRET, request.params, 'path')
    const { value, namespace } = check(SECRET_BODY, bodyOf(request, config.jsonDepthMax), 'body')
    return secrets.set({ name, value, ...scope(namespace) })
  })

  app.delete(
    '/api/secrets/:name',
    { config: { api: { summary: 'Removes a secret', query: SCOPE_QUERY, response: z.strictObject({ removed: z.string() }) } } },
    async ({ params, query }) => {
      const { name } = check(SECRET, params, 'path')
      const { namespace } = scope(check(SCOPE_QUERY, query, 'query').namespace)
      await secrets.remove(name, namespace)
      return { removed: name }
    },
  )
}
