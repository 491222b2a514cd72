import { openConnection } from './connection.ts'
import { harden } from './harden.ts'
import { loadFolder } from './load-folder.ts'
import { type LoadParams, type LoadResult, PROTOCOL_FD } from './protocol.ts'
import { registerResolution } from './resolve.ts'
import { INTERNAL_ERROR } from './rpc-error.ts'
import { writeLog } from './runtime.ts'
import { Server } from './serve.ts'

/** A faulty worker waits this long for its last words to be read, in milliseconds. */
const LAST_WORDS_MS = 500
/** Longest reason that callers are told. */
const FAULT_CHARS_MAX = 1000
/** How long one file may take to import when the gateway does not say, in milliseconds. */
const IMPORT_MS = 10_000

interface Message {
  readonly id?: number
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>>
}

/** The worker process: one folder, loaded once by the first request, served until the pipe ends. */
function main(): void {
  // Tools may replace `process.exit`; the worker's own end must not depend on it.
  const exit = process.exit.bind(process)
  let server: Server | undefined
  let loading = false
  const connection = openConnection(PROTOCOL_FD, receive, () => exit(0))
  process.on('SIGTERM', () => exit(0))
  process.on('uncaughtException', (error, origin) => {
    const fault = origin === 'unhandledRejection' ? 'a promise was rejected and nobody handled it' : 'an error was thrown outside of any call'
    writeLog(connection, 'critical', `${fault}: ${error instanceof Error ? error.stack : String(error)}`)
    const message = `${fault}: ${error instanceof Error ? error.message : String(error)}`.slice(0, FAULT_CHARS_MAX)
    connection.send(JSON.stringify({ jsonrpc: '2.0', method: 'tooldock/fault', params: { message } }))
    setTimeout(() => exit(1), LAST_WORDS_MS)
    connection.flush(() => exit(1))
  })
  harden()

  function receive(message: Record<string, unknown>): void {
    const { id, method, params = {} } = message as unknown as Message
    if (id === undefined) server?.handleNotification(method, params)
    else if (server !== undefined) server.handleRequest(id, method, params)
    else if (method !== 'tooldock/load' || loading) answer(id, { error: { code: INTERNAL_ERROR, message: 'The folder is not loaded yet.' } })
    else {
      loading = true
      void load(id, params as unknown as LoadParams)
    }
  }

  async function load(id: number, { namespace, dir, dataDir, env, limits }: LoadParams): Promise<void> {
    try {
      const { definitions, problems } = await loadFolder(dir, limits.importMs ?? IMPORT_MS, registerResolution(dir))
      server = new Server({ connection, namespace, env: Object.freeze({ ...env }), dataDir, limits }, definitions)
      answer(id, { result: { catalogue: definitions.catalogue, problems } satisfies LoadResult })
    } catch (error) {
      answer(id, { error: { code: INTERNAL_ERROR, message: error instanceof Error ? error.message : String(error) } })
    }
  }

  function answer(id: number, member: object): void {
    connection.send(JSON.stringify({ jsonrpc: '2.0', id, ...member }))
  }
}

main()
