import { ToolDockError } from '../errors/tooldock-error.ts'
import { askForResult } from './ask.ts'
import { type Channel, ChannelError } from './channel.ts'
import type { Json } from './json-lines.ts'
import type { ConnectOptions } from './mcp-connection.types.ts'
import { probeLegacy } from './probe-era.ts'
import { toFailure } from './server-answer.ts'

export interface LegacySession {
  /** The last step of the handshake. @throws {ToolDockError} upstream_* */
  ready(version: string): Promise<void>
  /** HTTP: the server has forgotten the session; requests that notice at once begin one new session. @throws {ToolDockError} upstream_* */
  restore(): Promise<void>
  /** A request of the gateway's own, in a new session when the server has forgotten this one. @throws {ToolDockError} upstream_* */
  request(method: string, params: Json, timeoutMs?: number): Promise<Json>
}

/** The session of a server before 2026-07-28. `onRestored`: a new one has begun, in which the server knows nothing of the old. */
export function createLegacySession(channel: Channel, options: ConnectOptions, onRestored: () => void): LegacySession {
  let restoring: Promise<void> | undefined

  async function ready(version: string): Promise<void> {
    channel.useVersion(version)
    try {
      await channel.notify('notifications/initialized')
    } catch (error) {
      throw error instanceof ChannelError ? toFailure(error) : error
    }
    channel.listen()
  }

  async function beginAnew(): Promise<void> {
    const probe = await probeLegacy(channel, options, options.deadlineMs)
    if (probe.kind === 'other') throw new ToolDockError('upstream_failed', `The server forgot the session and begins no other: ${probe.why}.`)
    await ready(probe.version)
    onRestored()
  }

  function restore(): Promise<void> {
    restoring ??= beginAnew().finally(() => {
      restoring = undefined
    })
    return restoring
  }

  return {
    ready,
    restore,
    async request(method, params, timeoutMs = options.deadlineMs) {
      const asked = () => askForResult(channel, { method, params }, timeoutMs)
      try {
        return await asked()
      } catch (error) {
        const { cause } = error as Error
        if (!(cause instanceof ChannelError) || cause.code !== 'session_lost') throw error
        await restore()
        return asked()
      }
    },
  }
}
