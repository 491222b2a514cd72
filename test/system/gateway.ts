import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { descendantsOf, isAlive, processesNaming } from './processes.ts'
import { until } from './until.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'packages/server/src/main.ts')
/** As `npm start` sets it. */
const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/compile')

/** A namespace for a test: a folder to copy, or its files by relative path. */
export type NamespaceSource = string | Readonly<Record<string, string>>

export interface GatewayOptions {
  readonly namespaces?: Readonly<Record<string, NamespaceSource>>
  /** Settings beyond the defaults of a test gateway; `undefined` removes one of those. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The folder of an earlier gateway, to start it again. The starter removes it. */
  readonly dataDir?: string
  /** Arguments of node before the program, for profiles. */
  readonly nodeArgs?: readonly string[]
  /** Resolve as soon as the port is known, ready or not. */
  readonly ready?: boolean
  /** What is started in place of the gateway of this checkout. */
  readonly command?: readonly [program: string, ...args: string[]]
  /** How long it may take to listen and to become ready. */
  readonly readyTimeoutMs?: number
}

export interface HttpReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Undefined when the body is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on what came, whatever it is
  readonly json: any
}

export interface HttpOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A string is sent as it is; anything else as JSON. */
  readonly body?: unknown
  /** Null sends no Authorization header. */
  readonly token?: string | null
  readonly signal?: AbortSignal
}

/** The real gateway as a child process, with its own DATA_DIR and a token. */
export interface Gateway {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly token: string
  readonly dataDir: string
  /** From the start of the process to the line that says it listens. */
  readonly listeningMs: number
  readonly process: ChildProcess
  /** Everything it printed so far, both streams. */
  output(): string
  http(path: string, options?: HttpOptions): Promise<HttpReply>
  /** Calls a tool over REST. */
  rest(namespace: string, tool: string, args?: unknown, options?: HttpOptions): Promise<HttpReply>
  /** Writes files into a namespace's folder; nothing is published by it. */
  write(namespace: string, files: Readonly<Record<string, string>>): void
  /** Removes a file of a namespace's folder. */
  remove(namespace: string, path: string): void
  reload(namespace: string, query?: string): Promise<HttpReply>
  /** What the tools of a namespace printed, as its log keeps it. */
  printed(namespace: string): string
  exited(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** SIGTERM; @throws unless it exits with 0 and leaves no process behind. */
  stop(): Promise<void>
  /** SIGKILL to the gateway alone; returns the processes it had. */
  killHard(): Promise<readonly number[]>
  /** Ends what may be left, whatever its state, and removes the DATA_DIR it made. For `afterAll`. */
  dispose(): Promise<void>
}

export function makeDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'tooldock-test-'))
}

function writeNamespaces(dataDir: string, namespaces: Readonly<Record<string, NamespaceSource>>): void {
  for (const [name, source] of Object.entries(namespaces)) {
    const folder = join(dataDir, 'tools', name)
    mkdirSync(folder, { recursive: true })
    if (typeof source === 'string') cpSync(source, folder, { recursive: true })
    else writeFiles(folder, source)
  }
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

const LISTENING = /https?:\/\/127\.0\.0\.1:\d+/

/** @throws with everything the gateway printed, when it ends or does not become ready in time. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const dataDir = options.dataDir ?? makeDataDir()
  writeNamespaces(dataDir, options.namespaces ?? {})
  const token = options.env?.BEARER_TOKEN ?? randomBytes(16).toString('hex')
  const base = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    NODE_COMPILE_CACHE: COMPILE_CACHE,
    HOME: dataDir,
    ADMIN_PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    BEARER_TOKEN: token,
    LOG_FORMAT: 'json',
  }
  const env = Object.fromEntries(Object.entries({ ...base, ...options.env }).filter(([, value]) => value !== undefined))
  const begin = performance.now()
  const [program, ...args] = options.command ?? [process.execPath, '--disable-sigusr1', ...(options.nodeArgs ?? []), MAIN]
  const child = spawn(program, args, { cwd: dataDir, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  let listeningMs: number | undefined
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (listeningMs === undefined && LISTENING.test(printed)) listeningMs = performance.now() - begin
    })
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) => child.once('close', (code, signal) => done({ code, signal })))
  const running = () => child.exitCode === null && child.signalCode === null
  const alive = <T>(probe: () => T) => {
    if (!running()) throw new Error(`the gateway ended (${child.exitCode ?? child.signalCode})`)
    return probe()
  }
  const timeoutMs = options.readyTimeoutMs ?? 30_000
  const say = (error: Error) => new Error(`${error.message}\n${tail(printed)}`)
  try {
    const url = await until('the address to be printed', () => alive(() => LISTENING.exec(printed)?.[0]), timeoutMs)
    const gateway = connect(child, url, token, dataDir, {
      output: () => printed,
      ended,
      listeningMs: listeningMs ?? 0,
      owned: options.dataDir === undefined,
    })
    if (options.ready !== false)
      await until(
        '/health/ready to answer 200',
        () =>
          alive(() =>
            gateway.http('/health/ready').then(
              (reply) => reply.status === 200,
              () => false,
            ),
          ),
        timeoutMs,
      )
    if (options.ready !== false) await requirePublished(gateway, Object.keys(options.namespaces ?? {}))
    return gateway
  } catch (error) {
    child.kill('SIGKILL')
    await ended
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    throw say(error as Error)
  }
}

/** @throws with its problems when a namespace of the test did not load: what follows would be about something else. */
async function requirePublished(gateway: Gateway, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { json } = await gateway.http(`/api/namespaces/${name}`)
    if (json?.state !== 'published') throw new Error(`the namespace ${name} is not published: ${JSON.stringify(json)}`)
  }
}

interface Life {
  readonly output: () => string
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  readonly listeningMs: number
  /** Did this start make the DATA_DIR? */
  readonly owned: boolean
}

function connect(child: ChildProcess, url: string, token: string, dataDir: string, life: Life): Gateway {
  const pid = child.pid as number
  const port = Number(new URL(url).port)
  const http = async (path: string, { method, headers, body, token: own, signal }: HttpOptions = {}): Promise<HttpReply> => {
    const response = await fetch(`${url}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(own === null ? {} : { authorization: `Bearer ${own ?? token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: parse(text) }
  }
  const leftovers = (before: readonly number[]) => [...before.filter(isAlive), ...processesNaming(dataDir).map((row) => row.pid)]
  const children = () => descendantsOf(pid).map((row) => row.pid)
  return {
    url,
    port,
    pid,
    token,
    dataDir,
    listeningMs: life.listeningMs,
    process: child,
    output: life.output,
    http,
    rest: (namespace, tool, args = {}, options = {}) => http(`/${namespace}/openapi/tools/${tool}`, { method: 'POST', body: args, ...options }),
    write: (namespace, files) => writeFiles(join(dataDir, 'tools', namespace), files),
    remove: (namespace, path) => rmSync(join(dataDir, 'tools', namespace, path)),
    reload: (namespace, query = '') => http(`/api/reload/${namespace}${query}`, { method: 'POST' }),
    printed: (namespace) => {
      const folder = join(dataDir, 'logs/output')
      if (!existsSync(folder)) return ''
      return readdirSync(folder)
        .filter((name) => name.startsWith(`${namespace}.`))
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .join('')
    },
    exited: () => life.ended,
    async stop() {
      const before = children()
      child.kill('SIGTERM')
      const { code, signal } = await life.ended
      if (code !== 0) throw new Error(`the gateway ended with ${code ?? signal}:\n${tail(life.output())}`)
      await until('the gateway to leave no process behind', () => leftovers(before).length === 0, 5_000)
    },
    async killHard() {
      const before = children()
      child.kill('SIGKILL')
      await life.ended
      return before
    },
    async dispose() {
      if (child.exitCode === null && child.signalCode === null) {
        const before = children()
        child.kill('SIGKILL')
        await life.ended
        for (const left of leftovers(before)) kill(left)
      }
      if (life.owned) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** The end of what was printed, without the lines of our own polling. */
function tail(printed: string): string {
  const lines = printed.split('\n').filter((line) => !line.includes('/health/ready'))
  return lines.slice(-60).join('\n')
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended between the look and the signal.
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
