import type { FastifyRequest, onRequestHookHandler, RouteOptions } from 'fastify'
import { isCsrfToken, type SignIn } from '../access/sign-ins.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { ANONYMOUS, canSee, hasRole, type Principal, type Role } from '../kernel/principal.ts'
import type { Authenticate, Ends } from './auth.ts'
import type { ClientLimits } from './client-limits.ts'
import type { OpenAnswers } from './open-answers.ts'
import { readSignInCookie } from './sign-in-cookie.ts'

export interface GuardParts {
  readonly authenticate: Authenticate
  /** Asked when nobody else is known: a request that the gateway makes to itself. */
  readonly authenticateOwn: (authorization: string | undefined, ends: Ends) => Principal | null
  readonly findSignIn: (cookie: string) => SignIn | undefined
  readonly clientLimits: ClientLimits
  readonly openAnswers: OpenAnswers
}

/**
 * Makes the hook that decides, for one route, who passes: caller known, rate, role, and whether what the path names exists
 * for the caller. What depends on the route alone is decided here, once.
 */
export function createGuard(parts: GuardParts): (route: RouteOptions) => onRequestHookHandler {
  const { authenticate, authenticateOwn, clientLimits, openAnswers } = parts

  /** Browsers send the cookie by themselves: it counts on the admin API alone, from our own pages, and never beside a token. */
  const signInOf = ({ raw: { headers } }: FastifyRequest): SignIn | undefined => {
    if (headers.authorization !== undefined || headers.cookie === undefined) return undefined
    const site = headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return undefined
    const cookie = readSignInCookie(headers.cookie)
    return cookie === undefined ? undefined : parts.findSignIn(cookie)
  }

  /** What is open for a key or a sign-in can be cut when it ends. Other methods are soon done, and may be what ends it: they are answered. */
  const remember = ({ principal, signIn, method }: FastifyRequest, reply: { readonly raw: Parameters<OpenAnswers['add']>[1] }): void => {
    if (method !== 'GET' && method !== 'POST') return
    if (principal.kind === 'key') openAnswers.add(principal.id, reply.raw)
    if (signIn !== null) openAnswers.add(signIn.id, reply.raw)
  }

  return (route) => {
    const isPublic = route.config?.public === true
    const isApi = route.url.startsWith('/api/')
    const isProbe = route.url.startsWith('/health')
    const isLive = route.config?.api?.contentType === 'text/event-stream'
    const role: Role = route.config?.api?.role ?? route.config?.role ?? (isApi ? 'admin' : 'caller')

    const admit = (request: FastifyRequest): void => {
      const signIn = isApi ? signInOf(request) : undefined
      const { authorization } = request.raw.headers
      const known: Principal | null = signIn?.principal ?? authenticate(authorization) ?? authenticateOwn(authorization, request.raw.socket)
      request.signIn = signIn ?? null
      request.authenticated = known !== null
      request.principal = known ?? ANONYMOUS
      if (!isProbe) clientLimits.rates.request(request, known)
      if (isPublic) return
      if (known === null) throw new ToolDockError('unauthorized', 'No valid token was sent: add the header "Authorization: Bearer <token>".')
      if (isApi) requireVisible(known, request.params)
      if (!hasRole(known, role)) throw tooLow(known, role)
      if (signIn !== undefined) requireCsrfToken(request, signIn)
    }

    return (request, reply, done) => {
      try {
        admit(request)
        if (request.authenticated && !isPublic) remember(request, reply)
        if (isLive) reply.raw.once('close', clientLimits.streams.count(request))
        done()
      } catch (error) {
        done(error as Error)
      }
    }
  }
}

/** In the words in which those who see everything are told that there is no such thing. @throws namespace_not_found, tool_not_found */
function requireVisible(principal: Principal, params: unknown): void {
  if (principal.sees === undefined) return
  const { ns, tool } = params as { readonly ns?: string; readonly tool?: string }
  if (ns === undefined) return
  if (!canSee(principal, ns)) throw new ToolDockError('namespace_not_found', `There is no namespace "${ns}".`)
  if (tool !== undefined && !canSee(principal, ns, tool)) throw new ToolDockError('tool_not_found', `There is no tool "${tool}" in the namespace "${ns}".`)
}

function tooLow({ name, role }: Principal, needed: Role): ToolDockError {
  return new ToolDockError('forbidden', `This needs the role ${needed}; "${name}" has the role ${role}. An administrator can give it another.`, {
    role,
    needed,
  })
}

/** @throws csrf_failed */
function requireCsrfToken({ method, raw }: FastifyRequest, signIn: SignIn): void {
  if (method === 'GET' || method === 'HEAD') return
  const presented = raw.headers['x-csrf-token']
  if (typeof presented !== 'string' || !isCsrfToken(presented, signIn))
    throw new ToolDockError('csrf_failed', 'A change needs the header X-CSRF-Token with the csrfToken of GET /api/session.')
}
