import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { CALL_META, type LoadParams, type LoadResult } from '../src/protocol.ts'

export interface Reply {
  readonly id: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Record<string, unknown> }
}
export interface Notification {
  readonly method: string
  readonly params: Record<string, unknown>
}
export interface CallOptions {
  readonly capabilities?: Record<string, unknown>
  readonly meta?: Record<string, unknown>
  readonly parkMs?: number
}

/** A real worker process with the gateway's end of its pipe. */
export class TestWorker {
  readonly process: ChildProcess
  readonly notifications: Notification[] = []
  readonly lines: string[] = []
  readonly #pipe: Duplex
  readonly #pending = new Map<number, (reply: Reply) => void>()
  #watchers: (() => void)[] = []
  #id = 0
  output = ''

  constructor(args: readonly string[] = [], env: Record<string, string> = {}) {
    const main = new URL('../src/main.ts', import.meta.url).pathname
    this.process = spawn(process.execPath, [...args, main], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env })
    this.#pipe = this.process.stdio[3] as Duplex
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk
        this.#wake()
      })
    }
    let text = ''
    this.#pipe.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (text + chunk).split('\n')
      text = lines.pop() as string
      for (const line of lines) this.#receive(line)
    })
    // The pipe breaks when the worker dies, which tests wait for by its exit.
    this.#pipe.on('error', () => {})
  }

  #receive(line: string): void {
    this.lines.push(line)
    const message = JSON.parse(line) as Reply & Notification
    if (message.method === undefined) this.#pending.get(message.id)?.(message)
    else this.notifications.push(message)
    this.#wake()
  }

  #wake(): void {
    const watchers = this.#watchers
    this.#watchers = []
    for (const wake of watchers) wake()
  }

  async #until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  write(text: string): void {
    this.#pipe.write(text)
  }

  notify(method: string, params: object): void {
    this.write(`${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`)
  }

  request(method: string, params: object = {}): { id: number; reply: Promise<Reply> } {
    const id = ++this.#id
    const reply = new Promise<Reply>((resolve) => this.#pending.set(id, resolve))
    this.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    return { id, reply }
  }

  /** A request with the envelope that the gateway puts around calls. */
  send(method: string, params: Record<string, unknown>, options: CallOptions = {}): { id: number; reply: Promise<Reply> } {
    const call = { requestId: `req-${this.#id + 1}`, principal: { kind: 'key', id: 'k1', name: 'tester' }, parkMs: options.parkMs ?? 60_000 }
    const meta = { [CALL_META]: call, 'io.modelcontextprotocol/clientCapabilities': options.capabilities ?? {}, ...options.meta }
    return this.request(method, { ...params, _meta: meta })
  }

  async callTool(name: string, args: unknown = {}, options: CallOptions & { retry?: Record<string, unknown> } = {}): Promise<Record<string, unknown>> {
    const { result, error } = await this.send('tools/call', { name, arguments: args, ...options.retry }, options).reply
    if (error) throw Object.assign(new Error(error.message), { rpc: error })
    return result as Record<string, unknown>
  }

  async load(dir: string, more: Partial<LoadParams> = {}): Promise<LoadResult> {
    const params: LoadParams = { namespace: 'test', dir, env: {}, limits: { resultBytesMax: 1_000_000, parkedCallsMax: 10 }, ...more }
    const { result, error } = await this.request('tooldock/load', params).reply
    if (error) throw new Error(error.message)
    return result as unknown as LoadResult
  }

  /** Resolves when a notification for which `test` holds has arrived. */
  notified(test: (notification: Notification) => boolean): Promise<Notification> {
    return this.#until(() => this.notifications.find(test))
  }

  /** Resolves when the worker has printed this. */
  printed(text: string): Promise<string> {
    return this.#until(() => (this.output.includes(text) ? this.output : undefined))
  }

  get exited(): Promise<number | string> {
    const { exitCode, signalCode } = this.process
    if (exitCode !== null || signalCode !== null) return Promise.resolve(exitCode ?? (signalCode as string))
    return once(this.process, 'exit').then(([code, signal]) => code ?? signal)
  }

  closePipe(): void {
    this.#pipe.end()
  }

  async stop(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exited
    this.#pipe.destroy()
  }
}

/** A fresh folder with these files; `remove` deletes it. */
export async function makeFolder(files: Readonly<Record<string, string>>): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'tooldock-worker-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), text)
  }
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) }
}
