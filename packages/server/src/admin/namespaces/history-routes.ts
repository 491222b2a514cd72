import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AdminDeps } from '../admin-deps.ts'
import { bodyOf, check } from '../input.ts'
import { folderOf } from './folder-of.ts'
import { FILE_VERSION_CONTENT, HISTORY, SAVE_RESULT } from './namespace-responses.ts'
import { preconditionOf } from './preconditions.ts'

const NOTHING = z.strictObject({})
const VERSION = z.looseObject({ id: z.string() })
const LIST_QUERY = z.strictObject({
  path: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
})
const RESTORE_QUERY = z.strictObject({ force: z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false) })

/** Who changed which file of a native namespace, and what it held then. */
export function registerHistoryRoutes(app: FastifyInstance, deps: AdminDeps): void {
  const { config, files } = deps
  const idOf = (params: unknown): string => check(VERSION, params, 'path').id

  app.get(
    '/api/namespaces/:ns/history',
    { config: { api: { role: 'author', summary: 'Changes of the files of a namespace, or of one, newest first', query: LIST_QUERY, response: HISTORY } } },
    async (request) => {
      const { path, limit, cursor } = check(LIST_QUERY, request.query, 'query')
      return files.history(folderOf(request, deps), { limit, ...(path === undefined ? {} : { path }), ...(cursor === undefined ? {} : { cursor }) })
    },
  )

  app.get(
    '/api/namespaces/:ns/history/:id',
    { config: { api: { role: 'author', summary: 'What a file held after one of its changes', response: FILE_VERSION_CONTENT } } },
    async (request) => {
      check(NOTHING, request.query, 'query')
      return files.version(folderOf(request, deps), idOf(request.params))
    },
  )

  app.post(
    '/api/namespaces/:ns/history/:id/restore',
    {
      config: {
        api: {
          role: 'author',
          summary: 'Saves what a file held then, as any other change; force keeps it as a draft',
          query: RESTORE_QUERY,
          response: SAVE_RESULT,
        },
      },
    },
    async (request) => {
      const { force } = check(RESTORE_QUERY, request.query, 'query')
      check(NOTHING, bodyOf(request, config.jsonDepthMax), 'body')
      const options = { ...preconditionOf(request), by: request.principal.name, asDraft: force }
      return files.restore(folderOf(request, deps), idOf(request.params), options)
    },
  )
}
