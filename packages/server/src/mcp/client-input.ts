import { ToolDockError } from '../errors/tooldock-error.ts'
import type { InputRequired } from '../upstream/upstream.ts'
import { isObject } from './json-rpc.ts'

const CAPABILITY: Readonly<Record<string, string>> = { 'elicitation/create': 'elicitation', 'sampling/createMessage': 'sampling', 'roots/list': 'roots' }

/**
 * Refuses to pass on a request for input that the client did not say it can answer (2026-07-28, basic/patterns/mrtr,
 * server requirement 6).
 * @throws missing_client_capability with `details.requiredCapabilities`, a ClientCapabilities object
 */
export function requireCapabilities(input: InputRequired, capabilities: Readonly<Record<string, unknown>>): void {
  const missing: Record<string, object> = {}
  for (const request of Object.values(input.inputRequests)) {
    const capability = CAPABILITY[request.method]
    if (capability === undefined) throw new ToolDockError('invalid_result', `The tool asked its caller for "${request.method}", which MCP does not allow.`)
    if (!isObject(capabilities[capability])) missing[capability] = {}
  }
  if (Object.keys(missing).length > 0)
    throw new ToolDockError('missing_client_capability', `The call needs input that the client cannot give: ${Object.keys(missing).join(', ')}.`, {
      requiredCapabilities: missing,
    })
}
