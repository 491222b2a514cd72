import type { Config } from '../config/settings.ts'
import type { Channel } from '../upstream/channel.ts'
import { createHttpChannel } from '../upstream/http/http-channel.ts'
import { createHttpPool } from '../upstream/http/http-pool.ts'
import { proxyFor } from '../upstream/http/proxy-for.ts'
import type { Launch } from './launch.ts'
import { createCheckedLookup } from './safety/remote-address.ts'

const FIRST_PAUSE_MS = 1000

export interface RemoteChannelsConfig
  extends Pick<
    Config,
    | (
        | 'upstreamConnectionsMax'
        | 'upstreamConnectSeconds'
        | 'upstreamHeadersSeconds'
        | 'upstreamBodyIdleSeconds'
        | 'upstreamFailuresMax'
        | 'upstreamPauseSeconds'
      )
    | ('callQueueMax' | 'toolTimeoutSeconds' | 'startupTimeoutSeconds' | 'httpProxy' | 'httpsProxy' | 'noProxy')
  > {}

/** The channels to one remote server: they share its HTTP connections. */
export interface RemoteChannels {
  open(): Channel
  /** After its channels. */
  close(): Promise<void>
}

/** @param allowPrivate may the host be at a private address; every connection asks again */
export async function createRemoteChannels(
  launch: Extract<Launch, { kind: 'remote' }>,
  limits: { readonly callTimeoutMs: number; readonly messageBytesMax: number },
  config: RemoteChannelsConfig,
): Promise<RemoteChannels> {
  const { url, headers, transport, allowPrivate } = launch
  const pool = await createHttpPool({
    url,
    connectionsMax: config.upstreamConnectionsMax,
    waitingMax: config.callQueueMax,
    connectTimeoutMs: config.upstreamConnectSeconds * 1000,
    headersTimeoutMs: Math.max(config.upstreamHeadersSeconds * 1000, limits.callTimeoutMs + 1000),
    bodyIdleMs: config.upstreamBodyIdleSeconds * 1000,
    breaker: { failuresMax: config.upstreamFailuresMax, pauseMs: FIRST_PAUSE_MS, pauseMsMax: config.upstreamPauseSeconds * 1000 },
    proxy: proxyFor(url, config),
    lookup: createCheckedLookup(allowPrivate),
  })
  return {
    open: () =>
      createHttpChannel(
        {
          url,
          headers,
          transport,
          messageBytesMax: limits.messageBytesMax,
          openTimeoutMs: config.startupTimeoutSeconds * 1000,
          reconnectMsMax: config.upstreamPauseSeconds * 1000,
        },
        { pool },
      ),
    close: () => pool.close(),
  }
}
