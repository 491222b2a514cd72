import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SignIn } from '../access/sign-ins.ts'
import type { Principal, Role } from '../kernel/principal.ts'
import type { TraceContext } from '../kernel/trace-context.ts'
import type { CallingRequest } from '../telemetry/calling-request.ts'

/** The shape an error is answered in. */
export type ErrorShape = 'jsonrpc' | 'rest'

declare module 'fastify' {
  interface FastifyRequest extends CallingRequest {
    trace: TraceContext | null
    /** `X-Request-Id` of the caller, or made here; in the answer and in every log line. */
    requestId: string
    /** Who calls. On public routes look at `authenticated` first. */
    principal: Principal
    /** A valid token was sent, or none is needed (`AUTH_DISABLED`). Always true on routes that are not public. */
    authenticated: boolean
    /** The caller came by the cookie of a browser that is signed in. */
    signIn: SignIn | null
  }
  interface FastifyContextConfig {
    /** Reachable without a token. */
    public?: boolean
    /** Who may use it; missing: every caller, and on `/api` what `api.role` says. */
    role?: Role
    /** Default: by the path, `jsonrpc` for what looks like an MCP address. */
    errors?: ErrorShape
  }
}

/** Which of the extra listeners serve a frontend; the main listener serves them all, and every listener serves `health`. */
export type Part = 'mcp' | 'openapi' | 'web' | 'health'

/** A set of routes. `register` is called once for each listener that serves `part`, with its own encapsulated instance. */
export interface Frontend {
  readonly part: Part
  register(app: FastifyInstance): void
  /** Is asked about requests that no route takes, before they are answered 404. True: it has answered. */
  answerUnknown?(request: FastifyRequest, reply: FastifyReply): boolean
  /** The edge accepts no more connections: end the streams that would stay open by themselves. */
  onShutdown?(): void
}

/** Gives every request of `app` the members above, so that all requests have one hidden class; the edge's hooks fill them. */
export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest('requestId', '')
  app.decorateRequest<Principal | null>('principal', null)
  app.decorateRequest('authenticated', false)
  app.decorateRequest<SignIn | null>('signIn', null)
  app.decorateRequest<TraceContext | null>('trace', null)
  app.decorateRequest<TraceContext | null>('callTrace', null)
  app.decorateRequest<CallingRequest['call']>('call', null)
  app.decorateRequest('isLogged', false)
}
