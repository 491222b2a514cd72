import { InputAbandonedError, InputUnsupportedError } from '../../sdk/src/errors.ts'
import { type InputRequired, isInputRequired } from '../../sdk/src/input.ts'
import type { Call, CallRequest, RequestMeta } from './call.ts'
import { Calls } from './calls.ts'
import { requireCapability } from './capabilities.ts'
import { completeArgument } from './complete-argument.ts'
import type { Definitions, Prompt, Tool } from './definitions.ts'
import { explainDenial } from './denied.ts'
import { isRecord } from './input-answer.ts'
import { promptResult, resourceResult } from './other-results.ts'
import type { ErrorMeta } from './protocol.ts'
import { invalid, ResultError } from './result-error.ts'
import { INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, MISSING_CLIENT_CAPABILITY, RpcError } from './rpc-error.ts'
import { type Runtime, writeLog } from './runtime.ts'
import type { FieldError } from './schema-check.ts'
import { errorResult, toolResult } from './tool-result.ts'

type Params = Readonly<Record<string, unknown>>
type Answer = (call: Call) => Promise<string>

const OWN_STATE = 'own:'
const PARKED_STATE = 'parked:'
const INPUT_METHODS: ReadonlySet<string> = new Set(['elicitation/create', 'sampling/createMessage', 'roots/list'])
/** Most of an error's message that a caller is told. */
const MESSAGE_CHARACTERS_MAX = 10_000

/** Answers the requests of a loaded folder. */
export class Server {
  readonly #runtime: Runtime
  readonly #definitions: Definitions
  readonly #calls: Calls

  constructor(runtime: Runtime, definitions: Definitions) {
    this.#runtime = runtime
    this.#definitions = definitions
    this.#calls = new Calls(runtime)
  }

  handleNotification(method: string, params: Params): void {
    if (method === 'notifications/cancelled') this.#calls.cancel(params)
  }

  handleRequest(id: number, method: string, params: Params): void {
    try {
      const { target, answer } = this.#route(method, params)
      this.#run({ id, meta: params._meta as unknown as RequestMeta, ...readRetry(params) }, target, answer)
    } catch (error) {
      this.#runtime.connection.send(`{"jsonrpc":"2.0","id":${id},${errorMember(error)}}`)
    }
  }

  #route(method: string, params: Params): { target: string; answer: Answer } {
    switch (method) {
      case 'tools/call':
        return this.#routeTool(params)
      case 'prompts/get':
        return this.#routePrompt(params)
      case 'resources/read':
        return this.#routeResource(params)
      case 'completion/complete':
        return { target: method, answer: () => completeArgument(this.#definitions, this.#runtime, params) }
      case 'ping':
        return { target: method, answer: async () => '{}' }
      default:
        throw new RpcError(METHOD_NOT_FOUND, `Unknown method: ${method}`)
    }
  }

  #run(request: CallRequest, target: string, answer: Answer): void {
    const state = request.requestState
    if (state?.startsWith(PARKED_STATE)) {
      this.#calls.resume(request, state, target)
      return
    }
    const call = this.#calls.start({ ...request, requestState: state?.startsWith(OWN_STATE) ? state.slice(OWN_STATE.length) : undefined }, target)
    answer(call).then(
      (result) => this.#calls.finish(call, `"result":${result}`),
      (error: unknown) => this.#calls.finish(call, this.#explain(error, call, target)),
    )
  }

  #routeTool(params: Params): { target: string; answer: Answer } {
    const tool = this.#definitions.tools.get(params.name as string)
    if (tool === undefined) throw new RpcError(INVALID_PARAMS, `Unknown tool: ${String(params.name)}`, { code: 'tool_not_found' })
    return { target: `tool ${tool.name}`, answer: (call) => this.#callTool(tool, params.arguments ?? {}, call) }
  }

  async #callTool(tool: Tool, args: unknown, call: Call): Promise<string> {
    try {
      let checked = tool.input.check(args)
      if (checked instanceof Promise) checked = await checked
      if (checked.fields) {
        return errorResult(`Invalid arguments for ${tool.name}:\n${fieldLines(checked.fields)}`, {
          code: 'invalid_arguments',
          details: { fields: checked.fields },
        })
      }
      const value = await tool.handler(checked.value, call)
      if (isInputRequired(value)) return this.#bounded(inputRequiredResult(value, call))
      return this.#bounded((await toolResult(tool, value)).json)
    } catch (error) {
      // The protocol has an answer of its own for this one.
      if (error instanceof InputUnsupportedError) throw error
      return this.#toolFailure(tool, error, call)
    }
  }

  #toolFailure(tool: Tool, error: unknown, call: Call): string {
    const meta = errorMetaOf(error)
    const message = this.#messageOf(error)
    writeLog(this.#runtime.connection, 'error', `tool ${tool.name}: ${stackOf(error)}`, { callId: call.id, requestId: call.requestId })
    return errorResult(message, meta)
  }

  #routePrompt(params: Params): { target: string; answer: Answer } {
    const prompt = this.#definitions.prompts.get(params.name as string)
    if (prompt === undefined) throw new RpcError(INVALID_PARAMS, `Unknown prompt: ${String(params.name)}`, { code: 'prompt_not_found' })
    return { target: `prompt ${prompt.name}`, answer: (call) => this.#getPrompt(prompt, params.arguments ?? {}, call) }
  }

  async #getPrompt(prompt: Prompt, args: unknown, call: Call): Promise<string> {
    const checked = await prompt.input.check(args)
    if (checked.fields) {
      const message = `Invalid arguments for the prompt ${prompt.name}:\n${fieldLines(checked.fields)}`
      throw new RpcError(INVALID_PARAMS, message, { code: 'invalid_arguments', details: { fields: checked.fields } })
    }
    const value = await prompt.handler(checked.value, call)
    return this.#bounded(isInputRequired(value) ? inputRequiredResult(value, call) : promptResult(value, prompt.description))
  }

  #routeResource(params: Params): { target: string; answer: Answer } {
    const uri = String(params.uri)
    const read = this.#findResource(uri)
    if (read === undefined) throw unknownResource(uri)
    return {
      target: `resource ${uri}`,
      answer: async (call) => {
        const value = await read.handler(call)
        if (isInputRequired(value)) return this.#bounded(inputRequiredResult(value, call))
        const json = resourceResult(value, uri, read.mimeType)
        if (json === undefined) throw unknownResource(uri)
        return this.#bounded(json)
      },
    }
  }

  #findResource(uri: string): { mimeType: string | undefined; handler: (call: Call) => unknown } | undefined {
    const resource = this.#definitions.resources.get(uri)
    if (resource) return { mimeType: resource.mimeType, handler: (call) => resource.handler({ uri }, call) }
    for (const { template, mimeType, handler } of this.#definitions.templates) {
      const variables = template.match(uri)
      if (variables) return { mimeType, handler: (call) => handler({ uri, variables }, call) }
    }
    return undefined
  }

  #bounded(json: string): string {
    const max = this.#runtime.limits.resultBytesMax
    // A UTF-16 unit takes at most 3 bytes: most results need not be measured.
    if (json.length > max / 3) {
      const size = Buffer.byteLength(json)
      if (size > max) throw new ResultError('result_too_large', `The result has ${size} bytes, more than the ${max} this namespace allows.`)
    }
    return json
  }

  #messageOf(error: unknown): string {
    const message = explainDenial(error, this.#runtime.dataDir) ?? (error instanceof Error ? error.message || error.name : String(error))
    return message.slice(0, MESSAGE_CHARACTERS_MAX)
  }

  /** The `"error":…` member for what a handler threw. */
  #explain(error: unknown, call: Call, target: string): string {
    if (error instanceof RpcError || error instanceof InputUnsupportedError) return errorMember(error)
    writeLog(this.#runtime.connection, 'error', `${target}: ${stackOf(error)}`, { callId: call.id, requestId: call.requestId })
    return errorMember(new RpcError(INTERNAL_ERROR, this.#messageOf(error), errorMetaOf(error)))
  }
}

/** `inputResponses` and `requestState` of a retry. They come from outside: their form is checked. */
function readRetry({ inputResponses, requestState }: Params): Pick<CallRequest, 'inputResponses' | 'requestState'> {
  if (inputResponses !== undefined && !isRecord(inputResponses)) throw new RpcError(INVALID_PARAMS, '`inputResponses` must be an object.')
  if (requestState !== undefined && typeof requestState !== 'string') throw new RpcError(INVALID_PARAMS, '`requestState` must be text.')
  return { inputResponses, requestState }
}

function inputRequiredResult({ inputRequests, requestState }: InputRequired, call: Call): string {
  for (const [key, request] of Object.entries(inputRequests)) {
    if (!isRecord(request) || !INPUT_METHODS.has(request.method)) throw invalid(`inputRequests.${key} must be made by elicit(), sample() or listRoots().`)
    requireCapability(request, call.clientCapabilities)
  }
  const asked = Object.keys(inputRequests).length > 0
  if (!asked && requestState === undefined) throw invalid('inputRequired() needs `inputRequests` or `requestState`.')
  return JSON.stringify({
    resultType: 'input_required',
    ...(asked && { inputRequests }),
    ...(requestState !== undefined && { requestState: OWN_STATE + requestState }),
  })
}

function errorMember(error: unknown): string {
  if (error instanceof InputUnsupportedError) {
    return `"error":${JSON.stringify({ code: MISSING_CLIENT_CAPABILITY, message: error.message, data: { requiredCapabilities: error.requiredCapabilities } })}`
  }
  const { code, message, data } = error instanceof RpcError ? error : new RpcError(INTERNAL_ERROR, error instanceof Error ? error.message : String(error))
  return `"error":${JSON.stringify({ code, message, data })}`
}

function errorMetaOf(error: unknown): ErrorMeta {
  if (error instanceof ResultError) return { code: error.code, ...(error.details !== undefined && { details: error.details }) }
  if (error instanceof InputAbandonedError && error.code === 'too_many_parked_calls') return { code: error.code }
  return { code: 'tool_error' }
}

const unknownResource = (uri: string) => new RpcError(INVALID_PARAMS, `Unknown resource: ${uri}`, { code: 'resource_not_found', uri })

const fieldLines = (fields: readonly FieldError[]) => fields.map(({ path, message }) => `- ${path === '' ? 'the arguments' : path}: ${message}`).join('\n')

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
