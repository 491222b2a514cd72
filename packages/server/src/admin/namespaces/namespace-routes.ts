import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { canSee, hasRole, OWN_NAMESPACE } from '../../kernel/principal.ts'
import { MANIFEST_PATCH, patchManifest } from '../../namespaces/manifest-patch.ts'
import { assertNamespaceName } from '../../namespaces/namespace-name.ts'
import type { RemovalReport } from '../../namespaces/namespace-service.types.ts'
import { MANIFEST_FILE } from '../../namespaces/read-manifest.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { bodyOf, check } from '../input.ts'
import { folderOf } from './folder-of.ts'
import { manifestOf, type NamespaceDetail, type NamespaceOverview, overviewOf } from './namespace-overview.ts'
import { GENERATIONS, NAMESPACE_DETAIL, NAMESPACE_OVERVIEW, REMOVAL, TEMPLATES } from './namespace-responses.ts'
import { NAMESPACE_USES, usesOf } from './namespace-uses.ts'

const OUTPUT_BYTES = 65_536

const NOTHING = z.strictObject({})
const NAMESPACE = z.strictObject({ ns: z.string() })
const CREATE_BODY = z.strictObject({ name: z.string(), description: z.string().max(4000).optional(), template: z.string().max(100).optional() })
const REMOVE_QUERY = z.strictObject({ force: z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false) })
const PERMISSIONS_BODY = z.strictObject({ accept: z.array(z.string()).max(100) })

/** Namespaces of every kind in one list; what is done to them here is done to folders of tools. */
export function registerNamespaceRoutes(app: FastifyInstance, deps: AdminDeps): void {
  const { config, namespaces, files, templates, servers, bundles, catalog, publicBaseUrl, readOutput } = deps
  const body = (request: FastifyRequest): unknown => bodyOf(request, config.jsonDepthMax)
  const outputQuery = z.strictObject({
    bytes: z.coerce.number().int().min(1).max(config.outputLogBytesMax).default(Math.min(OUTPUT_BYTES, config.outputLogBytesMax)),
  })

  /** Of a namespace of any kind, ToolDock's own with them. */
  const nameOf = ({ params }: FastifyRequest): string => {
    const { ns } = check(NAMESPACE, params, 'path')
    if (ns !== OWN_NAMESPACE) assertNamespaceName(ns)
    return ns
  }
  const overview = async (request: FastifyRequest, only?: string): Promise<readonly NamespaceOverview[]> => {
    await namespaces.refresh(only)
    const kinds = { native: namespaces.list(), servers: servers.list(), bundles: bundles.list(), own: catalog.current.namespaces.get(OWN_NAMESPACE) }
    return overviewOf({ ...kinds, drafts: await files.draftCounts(), baseUrl: publicBaseUrl(request) })
  }
  const detail = async (request: FastifyRequest, name: string): Promise<NamespaceDetail> => {
    const found = (await overview(request, name)).find((namespace) => namespace.name === name)
    if (found === undefined) throw new ToolDockError('namespace_not_found', `There is no namespace "${name}".`)
    // Its variables are for those who write the tools.
    const manifest = found.kind === 'native' && hasRole(request.principal, 'author') ? namespaces.manifest(name) : undefined
    return { ...found, manifest: manifest === undefined ? null : manifestOf(manifest) }
  }

  app.get(
    '/api/namespaces',
    {
      config: {
        api: {
          role: 'caller',
          summary: 'Every namespace, native, server and bundle, with its state and addresses',
          response: z.strictObject({ namespaces: z.array(NAMESPACE_OVERVIEW).readonly() }),
        },
      },
    },
    async (request) => {
      check(NOTHING, request.query, 'query')
      return { namespaces: (await overview(request)).filter(({ name }) => canSee(request.principal, name)) }
    },
  )

  app.post(
    '/api/namespaces',
    {
      config: {
        api: {
          summary: 'Makes a native namespace, of a template or empty, and publishes it',
          body: CREATE_BODY,
          response: NAMESPACE_DETAIL,
          subject: 'name',
        },
      },
    },
    async (request, reply) => {
      check(NOTHING, request.query, 'query')
      const { name, description, template } = check(CREATE_BODY, body(request), 'body')
      await namespaces.create(name, await templates.filesOf(template, description), request.principal.name)
      reply.code(201).header('location', `/api/namespaces/${name}`)
      return detail(request, name)
    },
  )

  app.get(
    '/api/namespaces/:ns',
    { config: { api: { role: 'caller', summary: 'One namespace, with what its tooldock.json says', response: NAMESPACE_DETAIL } } },
    async (request) => {
      check(NOTHING, request.query, 'query')
      return detail(request, nameOf(request))
    },
  )

  app.get(
    '/api/namespaces/:ns/uses',
    { config: { api: { summary: 'Who would miss a namespace: keys for it alone, bundles that show it, calls', query: NOTHING, response: NAMESPACE_USES } } },
    async (request) => {
      check(NOTHING, request.query, 'query')
      const { name } = await detail(request, nameOf(request))
      return usesOf(name, deps)
    },
  )

  app.patch(
    '/api/namespaces/:ns',
    {
      config: {
        api: {
          role: 'author',
          summary: 'Changes the tooldock.json of a namespace and publishes it; what is missing stays, null removes',
          body: MANIFEST_PATCH,
          response: NAMESPACE_DETAIL,
        },
      },
    },
    async (request) => {
      check(NOTHING, request.query, 'query')
      const patch = check(MANIFEST_PATCH, body(request), 'body')
      const name = folderOf(request, deps)
      const known = (await files.list(name)).some(({ path, etag }) => path === MANIFEST_FILE && etag !== null)
      const { content, etag } = known ? await files.read(name, MANIFEST_FILE) : { content: null, etag: null }
      const next = Buffer.from(patchManifest(content ?? '{}', patch))
      await files.save(name, MANIFEST_FILE, next, { by: request.principal.name, ...(etag === null ? { ifNoneMatch: '*' } : { ifMatch: [etag] }) })
      return detail(request, name)
    },
  )

  app.delete(
    '/api/namespaces/:ns',
    {
      config: {
        api: {
          summary: 'Deletes a namespace with its folder, generations and state; force when something would be lost',
          query: REMOVE_QUERY,
          response: z.strictObject({ removed: REMOVAL }),
        },
      },
    },
    async (request) => {
      const { force } = check(REMOVE_QUERY, request.query, 'query')
      const name = folderOf(request, deps)
      const uses = await usesOf(name, deps)
      const removed = await namespaces.remove(name, { force }).catch((error: unknown) => {
        if (!(error instanceof ToolDockError) || error.details === undefined || error.code !== 'conflict') throw error
        throw new ToolDockError('conflict', error.message, { ...(error.details as RemovalReport), ...uses })
      })
      return { removed: { ...removed, ...uses } }
    },
  )

  app.get(
    '/api/namespaces/:ns/generations',
    { config: { api: { role: 'author', summary: 'The generations that can be gone back to, newest first', response: GENERATIONS } } },
    async (request) => {
      check(NOTHING, request.query, 'query')
      return { generations: await namespaces.generations(folderOf(request, deps)) }
    },
  )

  app.put(
    '/api/namespaces/:ns/permissions',
    { config: { api: { summary: 'Accepts exactly these of the requested permissions', body: PERMISSIONS_BODY, response: NAMESPACE_DETAIL } } },
    async (request) => {
      const { accept } = check(PERMISSIONS_BODY, body(request), 'body')
      const { name } = await namespaces.acceptPermissions(folderOf(request, deps), accept)
      return detail(request, name)
    },
  )

  app.get(
    '/api/namespaces/:ns/output',
    {
      config: {
        api: {
          role: 'author',
          summary: 'The last of what the tools printed',
          query: outputQuery,
          response: z.strictObject({ namespace: z.string(), text: z.string() }),
        },
      },
    },
    async (request) => {
      const { bytes } = check(outputQuery, request.query, 'query')
      const { name } = await detail(request, folderOf(request, deps))
      return { namespace: name, text: await readOutput(name, bytes) }
    },
  )

  app.get(
    '/api/templates',
    { config: { api: { role: 'author', summary: 'Folders to begin a namespace or a file with', response: TEMPLATES } } },
    async ({ query }) => {
      check(NOTHING, query, 'query')
      return { templates: await templates.list() }
    },
  )
}
