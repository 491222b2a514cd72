import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { ReloadFailure, ReloadReport } from '../../namespaces/namespace-service.types.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { bodyOf, check } from '../input.ts'

const NOTHING = z.strictObject({})
const NAMESPACE = z.strictObject({ ns: z.string() })
const DRY_RUN = z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false)
const ALL_QUERY = z.strictObject({ dryRun: DRY_RUN })
const ONE_QUERY = z.strictObject({ dryRun: DRY_RUN, generation: z.string().min(1).max(200).optional() })

export function registerReloadRoutes(app: FastifyInstance, { config, namespaces }: AdminDeps): void {
  app.post('/api/reload', { config: { api: { summary: 'Publishes every folder; one that fails keeps what it had', query: ALL_QUERY } } }, async (request) => {
    check(NOTHING, bodyOf(request, config.jsonDepthMax), 'body')
    const results = await namespaces.reloadAll(check(ALL_QUERY, request.query, 'query'))
    const failures = results.filter(isFailure)
    if (failures.length === 0) return { results }
    throw new ToolDockError('reload_failed', `${failures.map(({ message }) => message).join(' ')} The other namespaces are reloaded.`, {
      problems: failures.flatMap(({ namespace, problems }) => problems.map((problem) => ({ namespace, ...problem }))),
      results,
    })
  })

  app.post(
    '/api/reload/:ns',
    { config: { api: { summary: 'Publishes the folder as it is now, or goes back to a kept generation', query: ONE_QUERY } } },
    async (request) => {
      check(NOTHING, bodyOf(request, config.jsonDepthMax), 'body')
      const { dryRun, generation } = check(ONE_QUERY, request.query, 'query')
      return namespaces.reload(check(NAMESPACE, request.params, 'path').ns, generation === undefined ? { dryRun } : { dryRun, generation })
    },
  )
}

function isFailure(result: ReloadReport | ReloadFailure): result is ReloadFailure {
  return !('generation' in result)
}
