import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { assertNamespaceName } from '../../namespaces/namespace-name.ts'
import type { NamespaceStatus } from '../../namespaces/namespace-service.types.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { bodyOf, check } from '../input.ts'

const OUTPUT_BYTES = 65_536

const NOTHING = z.strictObject({})
const NAMESPACE = z.strictObject({ ns: z.string() })
const REMOVE_QUERY = z.strictObject({ force: z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false) })
const PERMISSIONS_BODY = z.strictObject({ accept: z.array(z.string()).max(100) })

export function registerNamespaceRoutes(app: FastifyInstance, { config, namespaces, readOutput }: AdminDeps): void {
  const outputQuery = z.strictObject({
    bytes: z.coerce.number().int().min(1).max(config.outputLogBytesMax).default(Math.min(OUTPUT_BYTES, config.outputLogBytesMax)),
  })

  const statusOf = async (namespace: string): Promise<NamespaceStatus> => {
    assertNamespaceName(namespace)
    await namespaces.refresh(namespace)
    const status = namespaces.list().find(({ name }) => name === namespace)
    if (status === undefined) throw new ToolDockError('namespace_not_found', `There is no namespace "${namespace}".`)
    return status
  }

  app.get('/api/namespaces', { config: { api: { summary: 'Every native namespace, with its state and what a reload would change' } } }, async ({ query }) => {
    check(NOTHING, query, 'query')
    await namespaces.refresh()
    return { namespaces: namespaces.list() }
  })

  app.get('/api/namespaces/:ns', { config: { api: { summary: 'One native namespace' } } }, async ({ params, query }) => {
    check(NOTHING, query, 'query')
    return statusOf(check(NAMESPACE, params, 'path').ns)
  })

  app.delete(
    '/api/namespaces/:ns',
    { config: { api: { summary: 'Deletes a namespace with its folder, generations and state; force when something would be lost', query: REMOVE_QUERY } } },
    async ({ params, query }) => {
      const { force } = check(REMOVE_QUERY, query, 'query')
      return { removed: await namespaces.remove(check(NAMESPACE, params, 'path').ns, { force }) }
    },
  )

  app.get(
    '/api/namespaces/:ns/generations',
    { config: { api: { summary: 'The generations that can be gone back to, newest first' } } },
    async ({ params, query }) => {
      check(NOTHING, query, 'query')
      return { generations: await namespaces.generations(check(NAMESPACE, params, 'path').ns) }
    },
  )

  app.put(
    '/api/namespaces/:ns/permissions',
    { config: { api: { summary: 'Accepts exactly these of the requested permissions', body: PERMISSIONS_BODY } } },
    async (request) => {
      const { accept } = check(PERMISSIONS_BODY, bodyOf(request, config.jsonDepthMax), 'body')
      return namespaces.acceptPermissions(check(NAMESPACE, request.params, 'path').ns, accept)
    },
  )

  app.get(
    '/api/namespaces/:ns/output',
    { config: { api: { summary: 'The last of what the tools printed', query: outputQuery } } },
    async ({ params, query }) => {
      const { bytes } = check(outputQuery, query, 'query')
      const { name } = await statusOf(check(NAMESPACE, params, 'path').ns)
      return { namespace: name, text: await readOutput(name, bytes) }
    },
  )
}
