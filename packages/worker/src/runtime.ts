import type { LogLevel } from '../../sdk/src/context.ts'
import type { Connection } from './connection.ts'
import type { LoadParams } from './protocol.ts'

/** What every call of a worker shares. */
export interface Runtime {
  readonly connection: Connection
  readonly namespace: string
  readonly env: Readonly<Record<string, string>>
  readonly dataDir: string | undefined
  readonly limits: LoadParams['limits']
}

/** Sends a notification that may be lost when the gateway cannot keep up. */
export function notify(connection: Connection, method: string, params?: object): void {
  connection.offer(JSON.stringify({ jsonrpc: '2.0', method, params }))
}

/** Most of one line of the log. */
const LINE_CHARACTERS_MAX = 65_536

/** A line for the namespace's log. */
export function writeLog(
  connection: Connection,
  level: LogLevel,
  message: string,
  call?: { readonly callId?: number | undefined; readonly requestId?: string },
): void {
  notify(connection, 'tooldock/log', { level, message: message.slice(0, LINE_CHARACTERS_MAX), ...call })
}
