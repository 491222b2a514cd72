/** What a check can do with a client, whichever package it is made of. */

// biome-ignore lint/suspicious/noExplicitAny: results are what the client's own types say; checks look at the wire's members
export type Wire = Record<string, any>

export type ListName = 'tools' | 'prompts' | 'resources' | 'resourceTemplates'

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Wire) => void
}

/** How the client answers what tools ask; questions reach `elicit` as `elicitation/create` parameters. */
export interface Answers {
  elicit?: (params: Wire) => Promise<Wire> | Wire
  sample?: (params: Wire) => Promise<Wire> | Wire
  roots?: () => Wire
}

/** One connected client. What a client cannot do is left out, and its column of the table says why. */
export interface TestClient {
  /** The revision in use. */
  version(): string
  serverName(): string | undefined
  /** Every page of a list. */
  list(list: ListName): Promise<readonly Wire[]>
  /** The entries of each page of a list, as the server cut it. */
  pages?(list: ListName): Promise<readonly (readonly Wire[])[]>
  call(name: string, args: Wire, options?: CallOptions): Promise<Wire>
  read(uri: string): Promise<Wire>
  prompt(name: string, args: Record<string, string>): Promise<Wire>
  complete?(params: Wire): Promise<readonly string[]>
  /** Asks for log lines of this level and above, by each revision's own means. */
  setLogLevel?(level: 'debug' | 'info' | 'warning'): Promise<void>
  onNotification?(method: string, handler: (params: Wire) => void): void
  /** From here on changes of lists, and updates of `uri`, are announced to this client. */
  subscribe?(uri: string): Promise<void>
  /** The id of its session, where the transport has one. */
  sessionId?(): string | undefined
  close(): Promise<void>
}

/** A column of the table. */
export interface ClientKind {
  readonly name: string
  connect(address: Address, answers: Answers): Promise<TestClient>
}

export interface Address {
  /** Of the gateway, without a path. */
  readonly url: string
  readonly namespace: string
  readonly token: string
}
