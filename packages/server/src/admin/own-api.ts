import type { FastifyInstance } from 'fastify'
import type { OwnCredentials } from '../access/own-credentials.ts'
import { ERRORS, type ErrorCode } from '../errors/catalogue.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { CallApi } from '../own-namespace/own-tool.types.ts'

export interface OwnApi {
  /** The routes that are called. */
  register(app: FastifyInstance): void
  /** Asks a route as its caller would over the network: the same checks, the same audit. */
  readonly call: CallApi
}

/**
 * The admin API for the gateway itself, without a network between.
 * @param baseUrl the gateway's own address, undefined before it listens; what answers name begins with it
 */
export function createOwnApi(credentials: OwnCredentials, baseUrl: () => string | undefined): OwnApi {
  let routes: FastifyInstance | undefined
  return {
    register(app) {
      // Every listener of the part has the same.
      routes ??= app
    },
    async call({ method, path, body, headers }, { principal, requestId }) {
      const address = baseUrl()
      if (routes === undefined || address === undefined) throw new ToolDockError('shutting_down', 'ToolDock is stopping, or does not listen yet.')
      const credential = credentials.lend(principal)
      try {
        const answer = await routes.inject({
          method,
          url: `/api${path}`,
          authority: new URL(address).host,
          headers: {
            ...headers,
            authorization: `Bearer ${credential.token}`,
            'x-request-id': requestId,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
        })
        const value: unknown = JSON.parse(answer.payload)
        if (answer.statusCode < 400) return value
        throw toError(value)
      } finally {
        credential.release()
      }
    },
  }
}

/** The error that the route answered, as it was thrown. */
function toError(value: unknown): ToolDockError {
  const { code, message, details } = (value as { readonly error: { readonly code: string; readonly message: string; readonly details?: unknown } }).error
  return new ToolDockError(code in ERRORS ? (code as ErrorCode) : 'internal_error', message, details)
}
