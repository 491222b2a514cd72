import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { ReloadFailure, ReloadReport } from '../../namespaces/namespace-service.types.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { bodyOf, check } from '../input.ts'
import { folderOf } from './folder-of.ts'
import { RELOAD_ALL, RELOAD_REPORT } from './namespace-responses.ts'

const NOTHING = z.strictObject({})
const DRY_RUN = z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false)
const ALL_QUERY = z.strictObject({ dryRun: DRY_RUN })
const ONE_QUERY = z.strictObject({ dryRun: DRY_RUN, generation: z.string().min(1).max(200).optional() })

export function registerReloadRoutes(app: FastifyInstance, deps: AdminDeps): void {
  const { config, namespaces } = deps
  app.post(
    '/api/reload',
    { config: { api: { summary: 'Publishes every folder; one that fails keeps what it had', query: ALL_QUERY, response: RELOAD_ALL } } },
    async (request) => {
      check(NOTHING, bodyOf(request, config.jsonDepthMax), 'body')
      const results = await namespaces.reloadAll(check(ALL_QUERY, request.query, 'query'))
      const failures = results.filter(isFailure)
      if (failures.length === 0) return { results }
      throw new ToolDockError('reload_failed', `${failures.map(({ message }) => message).join(' ')} The other namespaces are reloaded.`, {
        problems: failures.flatMap(({ namespace, problems }) => problems.map((problem) => ({ namespace, ...problem }))),
        results,
      })
    },
  )

  app.post(
    '/api/reload/:ns',
    {
      config: {
        api: { role: 'author', summary: 'Publishes the folder as it is now, or goes back to a kept generation', query: ONE_QUERY, response: RELOAD_REPORT },
      },
    },
    async (request) => {
      check(NOTHING, bodyOf(request, config.jsonDepthMax), 'body')
      const { dryRun, generation } = check(ONE_QUERY, request.query, 'query')
      return namespaces.reload(folderOf(request, deps), generation === undefined ? { dryRun } : { dryRun, generation })
    },
  )
}

function isFailure(result: ReloadReport | ReloadFailure): result is ReloadFailure {
  return !('generation' in result)
}
