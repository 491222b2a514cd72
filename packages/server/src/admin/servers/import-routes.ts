import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { type ImportedServer, parseClientConfig } from '../../servers/import-config/parse-client-config.ts'
import { bodyOf, check } from '../input.ts'
import type { ServerAdminDeps } from './server-admin-deps.ts'
import { IMPORT_RESPONSE } from './server-responses.ts'

const IMPORT_BODY = z.strictObject({
  /** What a desktop client keeps: its text, comments allowed, or the object. */
  config: z.union([z.string(), z.record(z.string(), z.unknown())]),
  values: z.record(z.string().max(256), z.string().max(65_536)).default({}),
  /** `npx …` and `uvx …` stay commands instead of being installed. */
  keepRunners: z.boolean().default(false),
  /** False: nothing starts, whatever the configuration says. */
  start: z.boolean().default(true),
  dryRun: z.boolean().default(false),
})

/** One server of the answer: created (and on its way), or why not; the others do not depend on it. */
interface ImportResult {
  readonly name: string
  readonly namespace: string | null
  readonly state: 'created' | 'ready' | 'failed'
  readonly problems: readonly string[]
  readonly notes: readonly string[]
}

/** Servers of a Claude Desktop, VS Code or Cursor configuration, one or many. */
export function registerImportRoutes(app: FastifyInstance, { config, servers }: ServerAdminDeps): void {
  app.post(
    '/api/servers/import',
    {
      config: {
        api: {
          summary: 'Adds the servers of a Claude Desktop, VS Code or Cursor configuration',
          body: IMPORT_BODY,
          response: IMPORT_RESPONSE,
          status: 202,
        },
      },
    },
    async (request, reply) => {
      const body = check(IMPORT_BODY, bodyOf(request, config.jsonDepthMax), 'body')
      const text = typeof body.config === 'string' ? body.config : JSON.stringify(body.config)
      const parsed = parseClientConfig(text, { values: body.values, keepRunners: body.keepRunners, allowPrivate: config.upstreamAllowPrivate })
      if (parsed.problems.length > 0) throw new ToolDockError('invalid_params', `The configuration is not usable: ${parsed.problems.join(' ')}`)
      const results: ImportResult[] = []
      for (const entry of parsed.servers) results.push(await importOne(entry, body))
      request.auditSubject = results.map(({ namespace }) => namespace).join(', ')
      reply.code(body.dryRun ? 200 : 202)
      return { results }
    },
  )

  async function importOne({ name, config: found, problems, notes }: ImportedServer, { start, dryRun }: z.infer<typeof IMPORT_BODY>): Promise<ImportResult> {
    const failed = (reasons: readonly string[]): ImportResult => ({ name, namespace: found?.namespace ?? null, state: 'failed', problems: reasons, notes })
    if (found === undefined) return failed(problems)
    if (servers.has(found.namespace)) return failed([`the namespace "${found.namespace}" exists already`])
    if (dryRun) return { name, namespace: found.namespace, state: 'ready', problems: [], notes }
    const { restart: _, override: __, ...rest } = found
    try {
      await servers.create({ config: { ...rest, autoStart: start && found.autoStart } })
      return { name, namespace: found.namespace, state: 'created', problems: [], notes }
    } catch (error) {
      if (!(error instanceof ToolDockError)) throw error
      return failed([error.message])
    }
  }
}
