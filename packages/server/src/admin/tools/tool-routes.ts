import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Config } from '../../config/settings.ts'
import { canSee } from '../../kernel/principal.ts'
import type { ToolService } from '../../tools/tool.types.ts'
import { bodyOf, check } from '../input.ts'
import { EXAMPLE_RESPONSE, EXAMPLES_RESPONSE, TOOL_OVERRIDE, TOOL_RESPONSE, TOOLS_RESPONSE } from './tool-responses.ts'

export interface ToolAdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax'>
  readonly tools: ToolService
}

const NOTHING = z.strictObject({})
const TOOL = z.strictObject({ ns: z.string().min(1).max(100), tool: z.string().min(1).max(500) })
const EXAMPLE = TOOL.extend({ name: z.string().trim().min(1).max(100) })
const LIST_QUERY = z.strictObject({
  namespace: z.string().max(100).exactOptional(),
  search: z.string().max(200).exactOptional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(2000).exactOptional(),
})
const PATCH_BODY = z.strictObject({ enabled: z.boolean().exactOptional(), override: TOOL_OVERRIDE.nullable().exactOptional() })
const EXAMPLE_BODY = z.strictObject({ arguments: z.record(z.string(), z.unknown()) })

/** Every tool of every namespace: what it is, whether callers see it, and arguments worth keeping. */
export function registerToolAdmin(app: FastifyInstance, { config, tools }: ToolAdminDeps): void {
  const body = (request: FastifyRequest): unknown => bodyOf(request, config.jsonDepthMax)
  const pathOf = <T>(schema: z.ZodType<T>, { params, query }: FastifyRequest): T => {
    check(NOTHING, query, 'query')
    return check(schema, params, 'path')
  }

  app.get(
    '/api/tools',
    {
      config: {
        api: { summary: 'Tools of all namespaces, disabled ones included, by namespace and name', role: 'caller', query: LIST_QUERY, response: TOOLS_RESPONSE },
      },
    },
    async ({ query, principal }) => tools.list(check(LIST_QUERY, query, 'query'), (namespace, tool) => canSee(principal, namespace, tool)),
  )

  app.get(
    '/api/tools/:ns/:tool',
    { config: { api: { summary: 'One tool, with its usage in the last 24 hours', role: 'caller', response: TOOL_RESPONSE } } },
    async (request) => {
      const { ns, tool } = pathOf(TOOL, request)
      return tools.get(ns, tool)
    },
  )

  app.patch(
    '/api/tools/:ns/:tool',
    {
      config: {
        api: {
          summary: 'Enables or disables a tool, or shows it in other words; what is missing stays, an override of null removes it',
          body: PATCH_BODY,
          response: TOOL_RESPONSE,
        },
      },
    },
    async (request) => {
      const { ns, tool } = pathOf(TOOL, request)
      return tools.change(ns, tool, check(PATCH_BODY, body(request), 'body'))
    },
  )

  app.get(
    '/api/tools/:ns/:tool/examples',
    { config: { api: { summary: 'Arguments that were kept for a tool, by name', role: 'caller', response: EXAMPLES_RESPONSE } } },
    async (request) => {
      const { ns, tool } = pathOf(TOOL, request)
      return { examples: await tools.examples(ns, tool) }
    },
  )

  app.get(
    '/api/tools/:ns/:tool/examples/:name',
    { config: { api: { summary: 'One example', role: 'caller', response: EXAMPLE_RESPONSE } } },
    async (request) => {
      const { ns, tool, name } = pathOf(EXAMPLE, request)
      return tools.example(ns, tool, name)
    },
  )

  app.put(
    '/api/tools/:ns/:tool/examples/:name',
    {
      config: {
        api: { summary: 'Keeps arguments under a name; replaces those of the same name', role: 'author', body: EXAMPLE_BODY, response: EXAMPLE_RESPONSE },
      },
    },
    async (request) => {
      const { ns, tool, name } = pathOf(EXAMPLE, request)
      return tools.saveExample(ns, tool, name, check(EXAMPLE_BODY, body(request), 'body').arguments)
    },
  )

  app.delete(
    '/api/tools/:ns/:tool/examples/:name',
    { config: { api: { summary: 'Removes an example', role: 'author', response: z.strictObject({ removed: z.string() }) } } },
    async (request) => {
      const { ns, tool, name } = pathOf(EXAMPLE, request)
      await tools.removeExample(ns, tool, name)
      return { removed: name }
    },
  )
}
