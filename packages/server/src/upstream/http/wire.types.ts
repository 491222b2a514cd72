import type { ChannelAnswer, ChannelEnd, ChannelError, ChannelMessage } from '../channel.ts'

/** A request on its way, whichever of the two transports carries it. */
export interface Outgoing {
  readonly id: number
  readonly method: string
  /** The whole JSON-RPC message. */
  readonly body: string
  /** Of the protocol, for this request alone. */
  readonly headers: Readonly<Record<string, string>> | undefined
  /** Takes what comes on the request's own stream, where it has one. */
  readonly onMessage: (message: ChannelMessage) => void
  /** Called once, unless the request is abandoned before. */
  readonly settle: (outcome: ChannelAnswer | ChannelError) => void
}

/** One of the two transports over HTTP. */
export interface Wire {
  /** Resolves, never rejects, when the transport has ended by itself. */
  readonly ended: Promise<ChannelEnd>
  /** Returns how to abandon the request. */
  send(outgoing: Outgoing): () => void
  /** Sends what has no answer. @throws {ChannelError} */
  post(body: string): Promise<void>
  /** @see Channel.useVersion */
  useVersion(version: string | undefined): void
  listen(): void
  /** What is under way is abandoned by its owner. */
  close(): Promise<void>
}
