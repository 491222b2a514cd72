import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { SignIn } from '../access/sign-ins.ts'
import type { Config } from '../config/settings.ts'
import type { Principal } from '../kernel/principal.ts'
import { StartError } from '../kernel/start-error.ts'
import type { RequestLog } from '../telemetry/request-log.ts'
import { authenticateAnybody, createAuthenticator, createOwnAuthenticator } from './auth.ts'
import { type ClientLimitConfig, type ClientLimits, createClientLimits } from './client-limits.ts'
import type { Frontend, Part } from './context.ts'
import type { GuardParts } from './guard.ts'
import { answersRequests, createListener, type ListenerConfig } from './listener.ts'
import { createOpenAnswers } from './open-answers.ts'
import { createOriginCheck } from './origin.ts'
import type { Certificate } from './tls/certificate.ts'
import { createOwnRequest } from './tls/own-request.ts'

const PROBE_TIMEOUT_MS = 1000
/** How long the answers of calls that were ended by `onGraceOver` may take to leave. */
const LAST_ANSWERS_MS = 1000

export type EdgeConfig = ListenerConfig &
  ClientLimitConfig &
  Pick<Config, 'host' | 'port' | 'openapiPort' | 'mcpPort' | 'webPort' | 'authDisabled' | 'corsOrigins' | 'publicUrl'>

/** Who may come in besides the holder of the token. */
export interface EdgeAccess {
  findKey(key: string): Principal | undefined
  findSignIn(cookie: string): SignIn | undefined
  /** For whom the gateway makes a request to itself. Missing: it makes none. */
  findOwn?(token: string): Principal | undefined
  /** Told the id of each key and sign-in for which nothing may stay open. */
  onEnd(listener: (credential: string) => void): void
}

/** Nobody. */
const NO_ACCESS: EdgeAccess = { findKey: () => undefined, findSignIn: () => undefined, onEnd: () => {} }

export interface EdgeDeps {
  /** The administrator's token; not looked at with `authDisabled`. */
  readonly token: string
  /** Missing: nobody but the holder of the token comes in. */
  readonly access?: EdgeAccess
  /** Every listener speaks TLS with it; missing: plain HTTP. */
  readonly certificate?: Certificate | undefined
  /** Missing: the edge has its own. */
  readonly clientLimits?: ClientLimits
  readonly frontends: readonly Frontend[]
  readonly log: Logger
  /** Missing: requests are lines of `log`. */
  readonly requestLog?: RequestLog
  /** The grace of `close` is over: ends the calls in flight, so that each is answered before its connection is cut. */
  readonly onGraceOver?: () => void
}

export interface ListenerAddress {
  readonly name: 'main' | 'openapi' | 'mcp' | 'web'
  readonly host: string
  readonly port: number
  /** `http://host:port` or `https://host:port`, with a host that can be connected to. */
  readonly url: string
}

export interface Edge {
  /** Opens every listener that is set. @throws {ListenError} after closing those that were opened */
  listen(): Promise<void>
  /** Open listeners; empty before `listen`. */
  readonly addresses: readonly ListenerAddress[]
  /** Asks each listener for an answer over its socket; at most a second. */
  probe(): Promise<readonly { readonly name: string; readonly answers: boolean }[]>
  /** Accepts nothing more, lets the frontends end their streams, waits up to `graceMs` for requests in flight, then ends and cuts them. */
  close(graceMs: number): Promise<void>
}

/** An address that cannot be listened on, in one line for the person who starts ToolDock. */
export class ListenError extends StartError {
  override name = 'ListenError'
}

interface Plan {
  readonly name: ListenerAddress['name']
  readonly env: string
  readonly port: number
  readonly parts: readonly Part[]
}

/** The HTTP edge: every listener, and what each does for every request before a frontend sees it. */
export function createEdge(config: EdgeConfig, deps: EdgeDeps): Edge {
  const { certificate, frontends, log, requestLog = (level, line) => log[level](line, 'request'), access = NO_ACCESS } = deps
  const guard = createGuardParts(config, deps, access)
  access.onEnd(guard.openAnswers.cut)
  const checkOrigin = createOriginCheck({ origins: config.corsOrigins, localOnly: config.authDisabled, publicUrl: config.publicUrl })
  const ownRequest = createOwnRequest(certificate)
  const apps: FastifyInstance[] = []
  const addresses: ListenerAddress[] = []
  let closing: Promise<void> | undefined

  const open = async (plan: Plan): Promise<void> => {
    const served = frontends.filter((frontend) => plan.parts.includes(frontend.part))
    const isClosing = (): boolean => closing !== undefined
    const app = createListener(config, { frontends: served, guard, checkOrigin, certificate, log, requestLog, isClosing })
    apps.push(app)
    await app.ready()
    const bound = await bind(app, config.host, plan)
    // The edge was closed meanwhile, when there was nothing to close here yet.
    if (closing !== undefined) await stopAccepting(app)
    else addresses.push(toAddress(plan.name, certificate === undefined ? 'http' : 'https', bound))
  }

  const close = async (graceMs: number): Promise<void> => {
    const stopped = apps.map(stopAccepting)
    for (const frontend of frontends) frontend.onShutdown?.()
    const cut = (): void => {
      for (const app of apps) app.server.closeAllConnections()
    }
    let timer = setTimeout(() => {
      deps.onGraceOver?.()
      timer = setTimeout(cut, deps.onGraceOver === undefined ? 0 : LAST_ANSWERS_MS)
    }, graceMs)
    await Promise.all(stopped)
    clearTimeout(timer)
    await Promise.all(apps.map((app) => app.close()))
    addresses.length = 0
  }

  return {
    addresses,
    listen: async () => {
      try {
        for (const plan of planListeners(config)) {
          if (closing !== undefined) return
          await open(plan)
        }
      } catch (error) {
        closing ??= close(0)
        await closing
        throw error
      }
    },
    probe: () => Promise.all(addresses.map(async ({ name, url }) => ({ name, answers: await answersRequests(ownRequest, url, PROBE_TIMEOUT_MS) }))),
    close: (graceMs) => (closing ??= close(graceMs)),
  }
}

function createGuardParts(config: EdgeConfig, { token, clientLimits = createClientLimits(config) }: EdgeDeps, access: EdgeAccess): GuardParts {
  return {
    authenticate: config.authDisabled ? authenticateAnybody : createAuthenticator(token, access.findKey),
    authenticateOwn: createOwnAuthenticator(access.findOwn ?? (() => undefined)),
    findSignIn: config.authDisabled ? () => undefined : access.findSignIn,
    clientLimits,
    openAnswers: createOpenAnswers(),
  }
}

function planListeners(config: EdgeConfig): Plan[] {
  const plans: Plan[] = [{ name: 'main', env: 'ADMIN_PORT', port: config.port, parts: ['mcp', 'openapi', 'web', 'health'] }]
  if (config.openapiPort !== undefined) plans.push({ name: 'openapi', env: 'OPENAPI_PORT', port: config.openapiPort, parts: ['openapi', 'health'] })
  if (config.mcpPort !== undefined) plans.push({ name: 'mcp', env: 'MCP_PORT', port: config.mcpPort, parts: ['mcp', 'health'] })
  if (config.webPort !== undefined) plans.push({ name: 'web', env: 'WEB_PORT', port: config.webPort, parts: ['web', 'health'] })
  return plans
}

function bind(app: FastifyInstance, host: string, plan: Plan): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => reject(new ListenError(listenProblem(error, host, plan), { cause: error }))
    app.server.once('error', refuse)
    app.server.listen({ host, port: plan.port }, () => {
      app.server.off('error', refuse)
      resolve(app.server.address() as AddressInfo)
    })
  })
}

function listenProblem(error: NodeJS.ErrnoException, host: string, { port, env }: Plan): string {
  if (error.code === 'EADDRINUSE') return `Port ${port} on ${host} is in use: stop the program that has it, or set ${env} to another port.`
  if (error.code === 'EACCES') return `Port ${port} on ${host} may not be opened by this user: set ${env} to a port above 1023.`
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') return `HOST is "${host}", which is not an address of this machine.`
  return `Port ${port} on ${host} cannot be opened (${error.code ?? error.message}).`
}

/** Idle connections are closed at once, busy ones when their answer is sent. Resolves when none is left. */
function stopAccepting(app: FastifyInstance): Promise<void> {
  if (!app.server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    // The only error is "not running", which is what is wanted.
    app.server.close(() => resolve())
    app.server.closeIdleConnections()
  })
}

function toAddress(name: ListenerAddress['name'], scheme: 'http' | 'https', { address, port, family }: AddressInfo): ListenerAddress {
  const reachable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return { name, host: address, port, url: `${scheme}://${family === 'IPv6' ? `[${reachable}]` : reachable}:${port}` }
}
