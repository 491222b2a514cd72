import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Config } from '../../config/settings.ts'
import { bodyOf, check } from '../input.ts'
import type { LiveStreams } from '../live-streams.ts'
import { sendEvents } from '../send-events.ts'
import { EXECUTE_EVENT } from './execute-events.ts'
import type { ExecutionService } from './execution.types.ts'

export interface ExecuteAdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax' | 'executionTimeoutSeconds' | 'keepAliveSeconds'>
  readonly executions: ExecutionService
  readonly liveStreams: LiveStreams
}

const NOTHING = z.strictObject({})
const EXECUTION = z.strictObject({ id: z.string().max(100) })
const object = z.record(z.string(), z.unknown())
const ANSWER_BODY = z.strictObject({ inputResponses: z.record(z.string().max(200), object.nullable().describe('null: declined')) })

/** What a client that can answer everything says of itself. */
const ALL_CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} }

const EXECUTE_DOC = `Makes the call as a client would, over the gateway's own HTTP address and with the rights of the caller, and streams what happens.

Each event of the stream is one JSON object of the type ExecuteEvent: \`started\` first, then every message that crosses the wire with its time, progress and log messages in a form that is easy to show, \`input_required\` when the tool asks for something, and \`finished\` last.
- \`mcp-modern\`: one POST of \`tools/call\` by MCP 2026-07-28; each round of input is a POST of its own.
- \`mcp-legacy\`: \`initialize\`, the call and the answers to its questions in one session by MCP 2025-11-25, which is deleted at the end.
- \`rest\`: one POST to \`/{namespace}/openapi/tools/{tool}\`; a tool that asks for input fails.

\`capabilities\` are those of the client; without them it can answer elicitation, sampling and roots. A call ends when it is cancelled, when the reader of the stream leaves, after \`timeoutMs\`, or when it has received more bytes than EXECUTION_BYTES_MAX.`

/** Calls of tools from a browser, through the same frontends as every other client. */
export function registerExecuteAdmin(app: FastifyInstance, { config, executions, liveStreams }: ExecuteAdminDeps): void {
  const timeoutMsMax = config.executionTimeoutSeconds * 1000
  const EXECUTE_BODY = z.strictObject({
    namespace: z.string().min(1).max(100),
    tool: z.string().min(1).max(500),
    arguments: object.default({}),
    protocol: z.enum(['mcp-modern', 'mcp-legacy', 'rest']).default('mcp-modern'),
    timeoutMs: z.number().int().min(1).max(timeoutMsMax).default(timeoutMsMax),
    capabilities: object.default(ALL_CAPABILITIES),
  })
  const body = (request: FastifyRequest): unknown => bodyOf(request, config.jsonDepthMax)
  const idOf = ({ params, query }: FastifyRequest): string => {
    check(NOTHING, query, 'query')
    return check(EXECUTION, params, 'path').id
  }

  app.post(
    '/api/execute',
    {
      config: {
        api: {
          summary: 'Calls a tool through MCP or REST and streams everything that crosses the wire',
          description: EXECUTE_DOC,
          role: 'caller',
          changes: false,
          body: EXECUTE_BODY,
          response: EXECUTE_EVENT,
          contentType: 'text/event-stream',
        },
      },
    },
    async (request, reply) => {
      check(NOTHING, request.query, 'query')
      const asked = check(EXECUTE_BODY, body(request), 'body')
      return sendEvents(reply, liveStreams, config, (send, finish) => {
        const execution = executions.start(asked, request.principal, (event) => {
          send(event.type, event)
          if (event.type === 'finished') finish()
        })
        return () => execution.cancel('The reader of the call is gone.')
      })
    },
  )

  app.post(
    '/api/execute/:id/answer',
    {
      config: {
        api: {
          summary: 'Answers what a call asked for',
          role: 'caller',
          changes: false,
          body: ANSWER_BODY,
          response: z.strictObject({ answered: z.boolean() }),
        },
      },
    },
    async (request) => {
      executions.answer(idOf(request), request.principal, check(ANSWER_BODY, body(request), 'body').inputResponses)
      return { answered: true }
    },
  )

  app.delete(
    '/api/execute/:id',
    {
      config: { api: { summary: 'Cancels a call that was started here', role: 'caller', changes: false, response: z.strictObject({ cancelled: z.string() }) } },
    },
    async (request) => {
      const id = idOf(request)
      executions.cancel(id, request.principal)
      return { cancelled: id }
    },
  )
}
