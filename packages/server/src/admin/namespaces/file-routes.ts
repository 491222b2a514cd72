import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AdminDeps } from '../admin-deps.ts'
import { bodyOf, check } from '../input.ts'
import { folderOf } from './folder-of.ts'
import { FILE_CONTENT, FILES, SAVE_RESULT, UPLOAD_RESULT, VALIDATION } from './namespace-responses.ts'
import { preconditionOf } from './preconditions.ts'

const NOTHING = z.strictObject({})
const PATH = z.looseObject({ '*': z.string() })
const FLAG = z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false)
const ENCODING = z.enum(['utf8', 'base64']).default('utf8')
const CONTENT_BODY = z.strictObject({ content: z.string(), encoding: ENCODING })
const SAVE_QUERY = z.strictObject({ force: FLAG, dryRun: FLAG })
const REMOVE_QUERY = z.strictObject({ draft: FLAG })
const RENAME_BODY = z.strictObject({ from: z.string(), to: z.string() })
const UPLOAD_QUERY = z.strictObject({ force: FLAG, overwrite: FLAG })
const UPLOAD_BODY = z.strictObject({
  files: z
    .array(z.strictObject({ path: z.string(), content: z.string(), encoding: ENCODING, etag: z.string().optional() }))
    .min(1)
    .max(1000),
})
/** A content of null: as if it were deleted. */
const VALIDATE_BODY = z.strictObject({
  files: z.array(z.strictObject({ path: z.string(), content: z.string().nullable(), encoding: ENCODING })).max(1000),
})

/** The files of a native namespace: what is saved was loaded in a sandboxed worker first, and is published with it. */
export function registerFileRoutes(app: FastifyInstance, deps: AdminDeps): void {
  const { config, files } = deps
  const body = (request: FastifyRequest): unknown => bodyOf(request, config.jsonDepthMax)
  const pathOf = ({ params }: FastifyRequest): string => check(PATH, params, 'path')['*']

  app.get(
    '/api/namespaces/:ns/files',
    { config: { api: { role: 'author', summary: 'The files of a namespace and its drafts', response: FILES } } },
    async (request) => {
      check(NOTHING, request.query, 'query')
      return { files: await files.list(folderOf(request, deps)) }
    },
  )

  app.get(
    '/api/namespaces/:ns/files/*',
    { config: { api: { role: 'author', summary: 'Reads a file, and its draft when there is one', response: FILE_CONTENT } } },
    async (request, reply) => {
      check(NOTHING, request.query, 'query')
      const file = await files.read(folderOf(request, deps), pathOf(request))
      reply.header('etag', file.draft?.etag ?? file.etag ?? '').header('cache-control', 'no-store')
      return file
    },
  )

  app.put(
    '/api/namespaces/:ns/files/*',
    {
      bodyLimit: config.uploadBytesMax,
      config: {
        api: {
          role: 'author',
          summary: 'Saves a file when the folder loads with it, and publishes it; force keeps it as a draft instead. If-Match: the etag it replaces',
          query: SAVE_QUERY,
          body: CONTENT_BODY,
          response: SAVE_RESULT,
        },
      },
    },
    async (request, reply) => {
      const { force, dryRun } = check(SAVE_QUERY, request.query, 'query')
      const { content, encoding } = check(CONTENT_BODY, body(request), 'body')
      const options = { ...preconditionOf(request), by: request.principal.name, asDraft: force, dryRun }
      const saved = await files.save(folderOf(request, deps), pathOf(request), Buffer.from(content, encoding), options)
      if (saved.etag !== null) reply.header('etag', saved.etag)
      return saved
    },
  )

  app.delete(
    '/api/namespaces/:ns/files/*',
    {
      config: {
        api: {
          role: 'author',
          summary: 'Deletes a file when the folder loads without it; draft=true deletes its draft alone',
          query: REMOVE_QUERY,
          response: SAVE_RESULT,
        },
      },
    },
    async (request) => {
      const { draft } = check(REMOVE_QUERY, request.query, 'query')
      const options = { ...preconditionOf(request), by: request.principal.name }
      return files[draft ? 'removeDraft' : 'remove'](folderOf(request, deps), pathOf(request), options)
    },
  )

  app.post(
    '/api/namespaces/:ns/rename',
    { config: { api: { role: 'author', summary: 'Renames a file when the folder loads so', body: RENAME_BODY, response: SAVE_RESULT } } },
    async (request) => {
      check(NOTHING, request.query, 'query')
      const { from, to } = check(RENAME_BODY, body(request), 'body')
      return files.rename(folderOf(request, deps), from, to, { ...preconditionOf(request), by: request.principal.name })
    },
  )

  app.post(
    '/api/namespaces/:ns/upload',
    {
      bodyLimit: config.uploadBytesMax,
      config: {
        api: {
          role: 'author',
          summary: 'Saves several files together, all or none; new ones unless an etag or overwrite says what may be replaced',
          query: UPLOAD_QUERY,
          body: UPLOAD_BODY,
          response: UPLOAD_RESULT,
        },
      },
    },
    async (request) => {
      const { force, overwrite } = check(UPLOAD_QUERY, request.query, 'query')
      const given = check(UPLOAD_BODY, body(request), 'body').files
      const uploaded = given.map(({ path, content, encoding, etag }) => ({
        path,
        content: Buffer.from(content, encoding),
        ...(etag === undefined ? {} : { etag }),
      }))
      return files.upload(folderOf(request, deps), uploaded, { by: request.principal.name, overwrite, asDraft: force })
    },
  )

  app.post(
    '/api/namespaces/:ns/validate',
    {
      bodyLimit: config.uploadBytesMax,
      config: {
        api: {
          role: 'author',
          changes: false,
          summary: 'What publishing with these files would say; a newer request for the same namespace ends an older one',
          body: VALIDATE_BODY,
          response: VALIDATION,
        },
      },
    },
    async (request, reply) => {
      check(NOTHING, request.query, 'query')
      const overlays = check(VALIDATE_BODY, body(request), 'body').files.map(({ path, content, encoding }) => ({
        path,
        content: content === null ? null : Buffer.from(content, encoding),
      }))
      const leaving = new AbortController()
      reply.raw.once('close', () => leaving.abort())
      return files.validate(folderOf(request, deps), overlays, leaving.signal)
    },
  )
}
