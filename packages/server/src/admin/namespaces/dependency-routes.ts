import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { DependencyChange } from '../../namespaces/dependency-service.types.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { bodyOf, check } from '../input.ts'
import type { Job } from '../jobs/job.types.ts'
import { JOB } from '../jobs/job-responses.ts'
import { folderOf } from './folder-of.ts'
import { DEPENDENCIES, PACKAGE_TYPES } from './namespace-responses.ts'
import { preconditionOf } from './preconditions.ts'

const KIND = 'dependencies'
const NOTHING = z.strictObject({})
const installScripts = z.boolean().default(false)
const REPLACE_BODY = z.strictObject({ packageJson: z.string(), installScripts })
const INSTALL_BODY = z.strictObject({ packages: z.array(z.string()).min(1).max(100), installScripts })
const UNINSTALL_BODY = z.strictObject({ packages: z.array(z.string()).min(1).max(100) })

/** The packages of a native namespace. An installation is a job: it goes on when whoever began it has left. */
export function registerDependencyRoutes(app: FastifyInstance, deps: AdminDeps): void {
  const { config, dependencies, jobs } = deps
  const body = (request: FastifyRequest): unknown => bodyOf(request, config.jsonDepthMax)

  app.get(
    '/api/namespaces/:ns/dependencies',
    { config: { api: { role: 'author', summary: 'package.json, what is installed, and the newest installation', response: DEPENDENCIES } } },
    async (request) => {
      check(NOTHING, request.query, 'query')
      const namespace = folderOf(request, deps)
      return { ...(await dependencies.read(namespace)), job: jobs.find(KIND, namespace) ?? null }
    },
  )

  app.get(
    '/api/namespaces/:ns/dependencies/types',
    { config: { api: { role: 'author', summary: 'Type declarations of what is installed, for editors', query: NOTHING, response: PACKAGE_TYPES } } },
    async (request) => {
      check(NOTHING, request.query, 'query')
      return dependencies.types(folderOf(request, deps))
    },
  )

  app.put(
    '/api/namespaces/:ns/dependencies',
    {
      config: {
        api: { role: 'author', summary: 'Installs what another package.json asks for, as a job', body: REPLACE_BODY, response: JOB, status: 202 },
      },
    },
    async (request, reply) => {
      const { packageJson, ...given } = check(REPLACE_BODY, body(request), 'body')
      const { ifMatch } = preconditionOf(request)
      reply.code(202)
      return begin(request, { kind: 'replace', packageJson, ...(ifMatch === undefined ? {} : { etags: ifMatch }) }, given.installScripts)
    },
  )

  app.post(
    '/api/namespaces/:ns/dependencies/install',
    { config: { api: { role: 'author', summary: 'Installs packages, as a job', body: INSTALL_BODY, response: JOB, status: 202 } } },
    async (request, reply) => {
      const { packages, ...given } = check(INSTALL_BODY, body(request), 'body')
      reply.code(202)
      return begin(request, { kind: 'install', packages }, given.installScripts)
    },
  )

  app.post(
    '/api/namespaces/:ns/dependencies/uninstall',
    { config: { api: { role: 'author', summary: 'Removes packages, as a job', body: UNINSTALL_BODY, response: JOB, status: 202 } } },
    async (request, reply) => {
      const { packages } = check(UNINSTALL_BODY, body(request), 'body')
      reply.code(202)
      return begin(request, { kind: 'uninstall', packages }, false)
    },
  )

  async function begin(request: FastifyRequest, change: DependencyChange, installScripts: boolean): Promise<Job> {
    check(NOTHING, request.query, 'query')
    const namespace = folderOf(request, deps)
    const by = request.principal.name
    await dependencies.check(namespace, change, installScripts)
    return jobs.start({
      kind: KIND,
      subject: namespace,
      by,
      run: async ({ signal, say }) => {
        const report = await dependencies.install(namespace, { change, installScripts, by, signal, onLine: say })
        return { message: report.changed ? 'Installed and published.' : 'Installed; nothing that is published is another.', result: report }
      },
    })
  }
}
