import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ApiKey, ApiKeys } from '../../access/api-key.types.ts'
import { KEY_ACCESS_MEMBERS } from '../../access/key-access.ts'
import type { Views } from '../../catalog/view.types.ts'
import type { Config } from '../../config/settings.ts'
import { bodyOf, check } from '../input.ts'

export interface KeyAdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax'>
  readonly keys: ApiKeys
  readonly views: Views
}

const NOTHING = z.strictObject({})
const KEY_PATH = z.strictObject({ id: z.string() })
const { role, namespaces, tools, rateLimit, expiresAt } = KEY_ACCESS_MEMBERS
const KEY_NAME = z.string().trim().min(1).max(100)

const CREATE_BODY = z.strictObject({
  name: KEY_NAME,
  role,
  namespaces: namespaces.default(null).describe('What it may see; null: every namespace'),
  tools: tools.default(null).describe('{namespace}/{tool}, as the namespace calls it; it then sees neither prompts nor resources; null: all of the namespaces'),
  expiresAt: expiresAt.default(null),
  rateLimit: rateLimit.default(null).describe('Its own, whatever the settings say'),
})
const PATCH_BODY = z.strictObject({
  name: KEY_NAME.exactOptional(),
  role: role.exactOptional(),
  namespaces: namespaces.exactOptional(),
  tools: tools.exactOptional(),
  expiresAt: expiresAt.exactOptional(),
  rateLimit: rateLimit.exactOptional(),
})
const KEY = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    prefix: z.string(),
    state: z.enum(['active', 'expired']),
    ...KEY_ACCESS_MEMBERS,
    lastUsedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
  })
  .meta({ id: 'ApiKey' }) satisfies z.ZodType<ApiKey>
const KEYS_RESPONSE = z.strictObject({ keys: z.array(KEY) })
const CREATED_RESPONSE = z.strictObject({ key: KEY, secret: z.string().describe('The key itself; it is shown this once') })
const REMOVED_RESPONSE = z.strictObject({ removed: z.string() })
const VISIBLE_RESPONSE = z.strictObject({
  namespaces: z.array(z.strictObject({ name: z.string(), kind: z.enum(['native', 'server', 'bundle', 'own']), tools: z.array(z.string()) })),
})

/** API keys: who may do what. */
export function registerKeyRoutes(app: FastifyInstance, { config, keys, views }: KeyAdminDeps): void {
  const idOf = ({ params, query }: FastifyRequest): string => {
    check(NOTHING, query, 'query')
    return check(KEY_PATH, params, 'path').id
  }

  app.get('/api/keys', { config: { api: { summary: 'Every API key, never its secret', query: NOTHING, response: KEYS_RESPONSE } } }, async ({ query }) => {
    check(NOTHING, query, 'query')
    return { keys: keys.list() }
  })

  app.post(
    '/api/keys',
    { config: { api: { summary: 'Makes a key and shows it, once', body: CREATE_BODY, response: CREATED_RESPONSE, subject: 'name' } } },
    async (request, reply) => {
      const { name, ...access } = check(CREATE_BODY, bodyOf(request, config.jsonDepthMax), 'body')
      const created = await keys.create(name, access, request.principal.id)
      reply.code(201).header('location', `/api/keys/${created.key.id}`).header('cache-control', 'no-store')
      return created
    },
  )

  app.get('/api/keys/:id', { config: { api: { summary: 'One key', response: KEY } } }, async (request) => keys.get(idOf(request)))

  app.patch(
    '/api/keys/:id',
    { config: { api: { summary: 'Changes a key; what is missing stays, null lifts a limit. What is open for it ends', body: PATCH_BODY, response: KEY } } },
    async (request) => keys.update(idOf(request), check(PATCH_BODY, bodyOf(request, config.jsonDepthMax), 'body')),
  )

  app.delete('/api/keys/:id', { config: { api: { summary: 'Revokes a key; what is open for it ends', response: REMOVED_RESPONSE } } }, async (request) => {
    const id = idOf(request)
    await keys.remove(id)
    return { removed: id }
  })

  app.get(
    '/api/keys/:id/visible',
    { config: { api: { summary: 'What a key sees of all that is published now', response: VISIBLE_RESPONSE } } },
    async (request) => {
      const { namespaces: seen } = views.all(keys.seenBy(idOf(request)))
      return { namespaces: seen.map(({ name, kind, tools: shown }) => ({ name, kind, tools: shown.map((tool) => tool.name) })) }
    },
  )
}
