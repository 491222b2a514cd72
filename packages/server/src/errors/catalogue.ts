/**
 * The one table of errors. A row says what an error is called, what it answers on each protocol and who must act.
 * `docs/reference/errors.md` is generated from it. Translators: `to-http.ts`, `to-jsonrpc.ts`; nothing else maps errors.
 *
 * `rpc` is the JSON-RPC code on MCP addresses. Codes in -32020…-32099 belong to the MCP specification
 * (2026-07-28, basic/index "Error codes"); everything of our own uses the standard JSON-RPC codes and tells
 * itself apart by `data.code`.
 * `asToolResult`: on `tools/call` the error is answered as a result with `isError: true`, so that a model sees it.
 */
export interface ErrorRow {
  /** HTTP status on REST and `/api`. */
  readonly status: number
  /** JSON-RPC error code on MCP addresses. */
  readonly rpc: number
  /** May the same request succeed later without a change? */
  readonly retryable: boolean
  readonly asToolResult?: boolean
  /** One sentence for the reference page: what happened and what to do. */
  readonly doc: string
}

const row = (status: number, rpc: number, retryable: boolean, doc: string, asToolResult?: true): ErrorRow =>
  asToolResult ? { status, rpc, retryable, doc, asToolResult } : { status, rpc, retryable, doc }

export const ERRORS = {
  invalid_request: row(400, -32600, false, 'The request is malformed; the message says which part.'),
  parse_error: row(400, -32700, false, 'The body is not valid JSON.'),
  invalid_params: row(400, -32602, false, 'A parameter is missing or has the wrong form.'),
  invalid_envelope: row(400, -32602, false, 'A request of MCP 2026-07-28 lacks a required member of params._meta; the message names it.'),
  header_mismatch: row(400, -32020, false, 'A header of MCP 2026-07-28 is missing or does not match the body.'),
  missing_client_capability: row(400, -32021, false, 'The call needs a capability that the client did not declare.'),
  unsupported_protocol_version: row(400, -32022, false, 'The protocol version is not one this server speaks.'),
  json_too_deep: row(400, -32600, false, 'The JSON body is nested deeper than JSON_DEPTH_MAX.'),
  batch_too_large: row(400, -32600, false, 'A JSON-RPC batch holds more messages than BATCH_MAX.'),
  unauthorized: row(401, -32600, false, 'No valid token was sent: add the header "Authorization: Bearer <token>".'),
  forbidden: row(403, -32600, false, 'The caller is known but may not do this; the message says which role may.'),
  csrf_failed: row(403, -32600, false, 'A change that a browser asked for by its cookie lacks the X-CSRF-Token that GET /api/session gives.'),
  origin_not_allowed: row(403, -32600, false, 'The Origin header is not in CORS_ORIGINS.'),
  server_blocked: row(
    403,
    -32600,
    false,
    'The safety check refuses this server; details list the checks, and an administrator may override them with a reason.',
  ),
  host_not_allowed: row(403, -32600, false, 'Without a token only local Host and Origin headers are accepted.'),
  not_found: row(404, -32601, false, 'Nothing is published at this address.'),
  namespace_not_found: row(404, -32602, false, 'No namespace of this name is published.'),
  tool_not_found: row(404, -32602, false, 'The namespace has no tool of this name.'),
  resource_not_found: row(404, -32602, false, 'The namespace has no resource at this URI.'),
  prompt_not_found: row(404, -32602, false, 'The namespace has no prompt of this name.'),
  method_not_found: row(404, -32601, false, 'The JSON-RPC method does not exist in this protocol revision.'),
  session_not_found: row(404, -32600, false, 'The session is unknown or has ended: send initialize again.'),
  generation_not_found: row(404, -32602, false, 'The namespace keeps no generation of this id.'),
  method_not_allowed: row(405, -32600, false, 'The address exists but not for this HTTP method.'),
  not_acceptable: row(406, -32600, false, 'The Accept header excludes every form this address can answer in.'),
  request_timeout: row(408, -32600, true, 'The request took longer to arrive than HEADERS_TIMEOUT_SECONDS or REQUEST_TIMEOUT_SECONDS allow.'),
  conflict: row(409, -32600, false, 'Another change to the same thing is under way, or it exists already.'),
  precondition_failed: row(412, -32600, false, 'Somebody else has changed it since it was read; details say who, when, and the etag of what is there now.'),
  payload_too_large: row(413, -32600, false, 'The body is larger than BODY_BYTES_MAX, or the parameters are larger than the namespace allows.'),
  uri_too_long: row(414, -32600, false, 'The URL is longer than URL_BYTES_MAX.'),
  unsupported_media_type: row(415, -32600, false, 'The body must be application/json.'),
  invalid_arguments: row(422, -32602, false, 'The arguments do not match the input schema; details name each field.', true),
  reload_failed: row(422, -32602, false, 'The folder does not load; what was published stays published. Details list each problem.'),
  install_failed: row(422, -32602, false, 'The program could not be installed; the message says why and details hold the last lines.'),
  secret_unavailable: row(422, -32602, false, 'A secret that is referred to is not set for this namespace, or was encrypted with another key.'),
  tool_error: row(422, -32603, false, 'The tool itself failed; the message is its own.', true),
  input_unsupported: row(422, -32603, false, 'The tool asks its caller for input, which this protocol or client cannot give.', true),
  invalid_request_state: row(400, -32602, false, 'requestState was changed, has expired, or belongs to another caller or request.'),
  parked_call_gone: row(409, -32602, false, 'The call that waited for this input has ended: start it again.'),
  rate_limited: row(429, -32600, true, 'The key or the address makes more requests than its rate limit allows; Retry-After says when to go on.'),
  too_many_calls: row(429, -32603, true, 'The namespace runs and queues as many calls as its limits allow.', true),
  too_many_parked_calls: row(429, -32603, true, 'As many calls as PARKED_CALLS_MAX already wait for input.', true),
  too_many_sessions: row(429, -32603, true, 'As many sessions or streams as allowed are open.'),
  precondition_required: row(428, -32600, false, 'A change of what exists needs If-Match with the etag it was read with, or "*".'),
  header_too_large: row(431, -32600, false, 'The request headers are larger than HEADER_BYTES_MAX.'),
  cancelled: row(499, -32603, false, 'The caller gave up before the answer was ready.'),
  internal_error: row(500, -32603, false, 'A fault of ToolDock; the request id finds it in the log.'),
  invalid_result: row(502, -32603, false, 'The tool returned something that cannot be sent; the message says what.', true),
  result_too_large: row(502, -32603, false, 'The result is larger than the namespace allows.', true),
  worker_crashed: row(502, -32603, true, 'The worker process of the namespace ended during the call; a new one is started.', true),
  upstream_error: row(502, -32603, false, 'The external MCP server refused the request; on MCP addresses its own code, message and data are passed on.'),
  upstream_failed: row(502, -32603, true, 'The external MCP server ended, or broke the protocol, before it answered; the message says which.', true),
  upstream_unreachable: row(503, -32603, true, 'The external MCP server cannot be reached, or takes no more requests; the message says which.', true),
  worker_start_failed: row(503, -32603, true, 'The worker process of the namespace could not be started.', true),
  namespace_unavailable: row(503, -32603, true, 'The namespace is published but cannot run now; the message says why.', true),
  registry_unavailable: row(503, -32603, true, 'The registry of MCP servers cannot be reached or did not answer as it should; the message says which.'),
  disk_full: row(507, -32603, true, 'The disk that holds DATA_DIR has no room for the change; what was there stays. Make room and try again.'),
  store_unavailable: row(503, -32603, true, 'The database does not answer.'),
  data_dir_unusable: row(503, -32603, false, 'DATA_DIR is not a directory, not writable, or used by another ToolDock; the message says which.'),
  shutting_down: row(503, -32603, true, 'ToolDock is stopping.'),
  tool_timeout: row(504, -32603, true, 'The tool did not answer within its timeout and was stopped.', true),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS
