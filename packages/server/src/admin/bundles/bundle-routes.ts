import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { BundleService } from '../../bundles/bundle.types.ts'
import { BUNDLE_MEMBERS } from '../../bundles/bundle-schema.ts'
import type { Config } from '../../config/settings.ts'
import { bodyOf, check } from '../input.ts'
import { BUNDLE, BUNDLE_PREVIEW } from './bundle-responses.ts'

export interface BundleAdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax'>
  readonly bundles: BundleService
}

const NOTHING = z.strictObject({})
const PATH = z.strictObject({ ns: z.string() })
const CREATE_BODY = z.strictObject({ namespace: z.string(), ...BUNDLE_MEMBERS }).meta({ id: 'BundleCreate' })
const PREVIEW_BODY = z.strictObject(BUNDLE_MEMBERS)
const { title, description, instructions, entries, prefix, discovery } = BUNDLE_MEMBERS
/** What is missing stays, null removes; `entries` are replaced as a whole. */
const PATCH_BODY = z
  .strictObject({
    title: z.union([title.unwrap(), z.null()]).exactOptional(),
    description: z.union([description.unwrap(), z.null()]).exactOptional(),
    instructions: z.union([instructions.unwrap(), z.null()]).exactOptional(),
    entries: entries.exactOptional(),
    prefix: prefix.unwrap().exactOptional(),
    discovery: discovery.unwrap().exactOptional(),
  })
  .meta({ id: 'BundlePatch' })

/** Namespaces made of parts of others. */
export function registerBundleAdmin(app: FastifyInstance, { config, bundles }: BundleAdminDeps): void {
  const body = (request: FastifyRequest): unknown => bodyOf(request, config.jsonDepthMax)
  const namespaceOf = ({ params, query }: FastifyRequest): string => {
    check(NOTHING, query, 'query')
    return check(PATH, params, 'path').ns
  }

  app.get(
    '/api/bundles',
    { config: { api: { summary: 'Every bundle with its state, problems and token cost', response: z.strictObject({ bundles: z.array(BUNDLE).readonly() }) } } },
    async ({ query }) => {
      check(NOTHING, query, 'query')
      return { bundles: bundles.list() }
    },
  )

  app.post(
    '/api/bundles',
    { config: { api: { summary: 'Adds a bundle of parts of other namespaces', body: CREATE_BODY, response: BUNDLE, subject: 'namespace', status: 201 } } },
    async (request, reply) => {
      const { namespace, ...given } = check(CREATE_BODY, body(request), 'body')
      const bundle = await bundles.create(namespace, given)
      reply.code(201).header('location', `/api/bundles/${bundle.namespace}`)
      return bundle
    },
  )

  app.post(
    '/api/bundles/preview',
    {
      config: {
        api: {
          changes: false,
          summary: 'What a bundle would list, its collisions and its token cost; changes nothing',
          body: PREVIEW_BODY,
          response: BUNDLE_PREVIEW,
        },
      },
    },
    async (request) => bundles.preview(check(PREVIEW_BODY, body(request), 'body')),
  )

  app.get('/api/bundles/:ns', { config: { api: { summary: 'One bundle', response: BUNDLE } } }, async (request) => bundles.get(namespaceOf(request)))

  app.patch(
    '/api/bundles/:ns',
    { config: { api: { summary: 'Changes a bundle; what is missing stays, null removes', body: PATCH_BODY, response: BUNDLE } } },
    async (request) => bundles.update(namespaceOf(request), check(PATCH_BODY, body(request), 'body')),
  )

  app.delete(
    '/api/bundles/:ns',
    { config: { api: { summary: 'Removes a bundle; its members stay', response: z.strictObject({ removed: z.string() }) } } },
    async (request) => {
      const namespace = namespaceOf(request)
      await bundles.remove(namespace)
      return { removed: namespace }
    },
  )
}
