import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { type FillableOption, type InstallForm, installForm } from '../../servers/registry/install-form.ts'
import type { RegistryServer } from '../../servers/registry/server-json.ts'
import { bodyOf, check } from '../input.ts'
import type { ServerAdminDeps } from '../servers/server-admin-deps.ts'
import { OVERRIDE, toServerObject } from '../servers/server-input.ts'
import { SERVER_RESPONSE } from '../servers/server-responses.ts'
import { INSTALL_FORM, REGISTRY_PAGE } from './registry-responses.ts'

const SEARCH_QUERY = z.strictObject({
  search: z.string().max(200).optional(),
  cursor: z.string().max(1000).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
})
const NOTHING = z.strictObject({})
const NAMED = z.strictObject({ '*': z.string().min(1).max(300) })
const INSTALL_BODY = z.strictObject({
  name: z.string().min(1).max(300),
  namespace: z.string(),
  /** Which of the forms: its place in the list. */
  option: z.number().int().min(0).default(0),
  answers: z.record(z.string().max(600), z.string().max(65_536)).default({}),
  start: z.boolean().default(true),
  override: OVERRIDE.exactOptional(),
})

/** The registry of MCP servers: search, forms to install from, and the installation. */
export function registerRegistryRoutes(app: FastifyInstance, { config, servers, registry, secrets }: ServerAdminDeps): void {
  const find = async (name: string): Promise<RegistryServer> => {
    const found = await registry.find(name)
    if (found === undefined) throw new ToolDockError('not_found', `The registry has no server "${name.slice(0, 80)}".`)
    return found
  }

  app.get(
    '/api/registry/servers',
    { config: { api: { summary: 'Searches the registry of MCP servers, latest versions only', query: SEARCH_QUERY, response: REGISTRY_PAGE } } },
    async ({ query }) => {
      const { search, cursor, limit } = check(SEARCH_QUERY, query, 'query')
      const page = await registry.search({ limit, ...(search === undefined ? {} : { query: search }), ...(cursor === undefined ? {} : { cursor }) })
      return { servers: page.servers.map((server) => shown(installForm(server))), nextCursor: page.nextCursor ?? null, skipped: page.skipped }
    },
  )

  app.get(
    '/api/registry/servers/*',
    { config: { api: { summary: 'One server of the registry, with its installation form', response: INSTALL_FORM } } },
    async ({ params, query }) => {
      check(NOTHING, query, 'query')
      return shown(installForm(await find(check(NAMED, params, 'path')['*'])))
    },
  )

  app.post(
    '/api/registry/install',
    {
      config: {
        api: {
          summary: 'Installs a server of the registry by its form',
          body: INSTALL_BODY,
          response: SERVER_RESPONSE,
          subject: 'namespace',
          status: 202,
        },
      },
    },
    async (request, reply) => {
      const { name, namespace, option: index, answers, start, override } = check(INSTALL_BODY, bodyOf(request, config.jsonDepthMax), 'body')
      const form = installForm(await find(name))
      const options: readonly FillableOption[] = form.options
      const option = options[index]
      if (option === undefined) throw new ToolDockError('invalid_params', `"option" must be below ${options.length}.`)
      if (option.problems.length > 0) throw new ToolDockError('invalid_params', `ToolDock cannot install this form: ${option.problems.join('; ')}.`)
      const filled = option.fill(withReferences(option, answers))
      if ('missing' in filled) throw new ToolDockError('invalid_params', `Answers are missing: ${filled.missing.join(', ')}.`, { missing: filled.missing })
      if (servers.has(namespace)) throw new ToolDockError('conflict', `The namespace "${namespace}" exists already: choose another name, or remove it first.`)
      // The row first: whoever has the name owns its secrets.
      const server = await servers.create({
        config: { ...filled, namespace, title: form.title.slice(0, 200), sharing: 'shared', idleStopMinutes: 0, autoStart: false },
        ...(override === undefined ? {} : { override: { reason: override.reason, by: request.principal.id } }),
      })
      for (const { id } of secretInputs(option, answers)) await secrets.set({ namespace, name: secretName(id), value: answers[id] ?? '' })
      reply.code(202).header('location', `/api/servers/${namespace}`)
      return toServerObject(start ? await servers.startServer(namespace) : server)
    },
  )
}

function shown(form: InstallForm & { readonly options: readonly FillableOption[] }): InstallForm {
  const options: readonly FillableOption[] = form.options
  return { ...form, options: options.map(({ fill: _, ...option }) => option) }
}

function secretInputs(option: FillableOption, answers: Readonly<Record<string, string>>): FillableOption['inputs'] {
  return option.inputs.filter(({ id, secret }) => secret && (answers[id] ?? '') !== '')
}

/** A secret is kept as one; the configuration only refers to it. */
function withReferences(option: FillableOption, answers: Readonly<Record<string, string>>): Record<string, string> {
  const references = secretInputs(option, answers).map(({ id }) => [id, `\${secret:${secretName(id)}}`])
  return { ...answers, ...Object.fromEntries(references) }
}

function secretName(id: string): string {
  return id
    .replace(/^(env|header|argument)\./, '')
    .replace(/[^A-Za-z0-9_]/g, '_')
    .replace(/^(?=\d)/, '_')
    .slice(0, 128)
}
