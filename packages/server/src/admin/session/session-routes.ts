import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { SignInCodes } from '../../access/sign-in-codes.ts'
import type { SignIns } from '../../access/sign-ins.ts'
import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { FindHolder } from '../../http/auth.ts'
import type { PublicBaseUrl } from '../../http/public-url.ts'
import type { RateLimits } from '../../http/rate-limits.ts'
import { clearedCookie, signInCookie } from '../../http/sign-in-cookie.ts'
import { type Principal, ROLES, TOKEN_HOLDER } from '../../kernel/principal.ts'
import { bodyOf, check } from '../input.ts'

export interface SessionAdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax' | 'authDisabled' | 'signInMinutes'>
  readonly signIns: SignIns
  readonly codes: SignInCodes
  /** Who holds this token or key. */
  readonly findHolder: FindHolder
  readonly rates: Pick<RateLimits, 'signIn' | 'signInFailed'>
  readonly publicBaseUrl: PublicBaseUrl
}

const NOTHING = z.strictObject({})
const CREATE_BODY = z.union([
  z.strictObject({ token: z.string().min(1).max(4096).describe('BEARER_TOKEN or an API key') }),
  z.strictObject({ code: z.string().min(1).max(200).describe('Of the link that is printed at the start; valid once, for 5 minutes') }),
])
const SESSION = z
  .strictObject({
    principal: z.strictObject({ kind: z.enum(['token', 'anonymous', 'key']), id: z.string(), name: z.string(), role: z.enum(ROLES) }),
    csrfToken: z.string().nullable().describe('For the header X-CSRF-Token of every change; null: the caller is not signed in by cookie'),
    expiresAt: z.iso.datetime().nullable(),
    authDisabled: z.boolean(),
  })
  .meta({ id: 'Session' })
const SIGNED_OUT = z.strictObject({ signedOut: z.boolean() })

/** Signing a browser in and out: the token is exchanged for a cookie that scripts cannot read. */
export function registerSessionRoutes(app: FastifyInstance, { config, signIns, codes, findHolder, rates, publicBaseUrl }: SessionAdminDeps): void {
  const show = ({ kind, id, name, role }: Principal, csrfToken: string | null, expiresAt: string | null): z.infer<typeof SESSION> => ({
    principal: { kind, id, name, role },
    csrfToken,
    expiresAt,
    authDisabled: config.authDisabled,
  })
  const holderOf = (given: z.infer<typeof CREATE_BODY>): Principal => {
    if ('code' in given) {
      if (codes.redeem(given.code)) return TOKEN_HOLDER
      throw new ToolDockError('unauthorized', 'This link was used already or is older than 5 minutes: sign in with the token, or start ToolDock again.')
    }
    // As a header would bring it.
    const holder = findHolder(Buffer.from(given.token, 'utf8').toString('latin1'))
    if (holder === null) throw new ToolDockError('unauthorized', 'This is neither the token of the administrator nor a valid key.')
    return holder
  }

  app.post(
    '/api/session',
    { config: { public: true, api: { summary: 'Signs a browser in, by token, key or link', body: CREATE_BODY, response: SESSION } } },
    async (request: FastifyRequest, reply: FastifyReply) => {
      refuseOtherSites(request)
      rates.signIn(request)
      const given = check(CREATE_BODY, bodyOf(request, config.jsonDepthMax), 'body')
      let holder: Principal
      try {
        holder = holderOf(given)
      } catch (error) {
        rates.signInFailed(request)
        throw error
      }
      request.principal = holder
      const { cookie, signIn } = await signIns.begin(holder)
      reply.header('set-cookie', signInCookie(cookie, config.signInMinutes * 60, publicBaseUrl(request))).header('cache-control', 'no-store')
      return show(holder, signIn.csrfToken, signIn.expiresAt)
    },
  )

  app.get('/api/session', { config: { api: { summary: 'Who is signed in', role: 'caller', query: NOTHING, response: SESSION } } }, async (request, reply) => {
    check(NOTHING, request.query, 'query')
    reply.header('cache-control', 'no-store')
    return show(request.principal, request.signIn?.csrfToken ?? null, request.signIn?.expiresAt ?? null)
  })

  app.delete('/api/session', { config: { api: { summary: 'Signs the browser out', role: 'caller', response: SIGNED_OUT } } }, async (request, reply) => {
    const { signIn } = request
    reply.header('set-cookie', clearedCookie(publicBaseUrl(request)))
    if (signIn !== null) await signIns.end(signIn.id)
    return { signedOut: signIn !== null }
  })
}

/** A page of another site must not sign this browser in as somebody else. */
function refuseOtherSites({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new ToolDockError('origin_not_allowed', 'Signing in is possible from the pages of ToolDock itself only.')
}
