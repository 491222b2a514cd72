import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { runCli } from '../packages/cli/src/run-cli.ts'

export const BIN = join(import.meta.dirname, '../packages/cli/bin/tooldock.js')
/** The bin would build what is stale first. */
const MAIN = join(import.meta.dirname, '../packages/cli/src/main.ts')

/** What a command left: its exit code and what it wrote. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly stdin?: string
  /** stdin and stdout are a terminal, at which these lines are typed, each after the text that it answers was shown. */
  readonly typed?: readonly (readonly [after: string, line: string])[]
}

/** A folder that commands run in, and a gateway that is started there as a person would. */
export interface TestFolder {
  readonly dir: string
  write(path: string, content: string): Promise<void>
  /** Runs a command in this process: exactly what main.ts runs. */
  tooldock(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** `tooldock start`; resolves when it is ready. */
  start(...args: readonly string[]): Promise<void>
  remove(): Promise<void>
}

export async function createTestFolder(): Promise<TestFolder> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'tooldock-cli-')))
  /** The address of the started gateway. */
  let url = ''
  let stop = async (): Promise<void> => {}

  return {
    dir,
    async write(path, content) {
      await mkdir(dirname(join(dir, path)), { recursive: true })
      await writeFile(join(dir, path), content)
    },
    async tooldock(args, { env = {}, stdin = '', typed } = {}) {
      const streams = createStreams(stdin, typed)
      const code = await runCli(args, {
        ...streams,
        cwd: dir,
        env: { PATH: process.env.PATH, DATA_DIR: join(dir, 'tooldock_data'), ...(url === '' ? {} : { TOOLDOCK_URL: url }), ...env },
      })
      return { code, stdout: streams.stdout.text, stderr: streams.stderr.text }
    },
    async start(...args) {
      const child = spawn(process.execPath, [MAIN, 'start', '--port', '0', ...args], {
        cwd: dir,
        env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', ALLOW_CUSTOM_COMMANDS: 'true' },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      stop = async () => {
        const exited = once(child, 'exit')
        child.kill('SIGTERM')
        await exited
      }
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      let said = ''
      child.stdout.on('data', (chunk: Buffer) => {
        said += String(chunk)
        const [, listening] = /is listening on (\S+)/.exec(said) ?? []
        if (listening !== undefined) resolve(listening)
      })
      child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${said}`)))
      url = await promise
      // The folders are loaded while it listens.
      while ((await fetch(`${url}/health/ready`)).status !== 200) await delay(100)
    },
    async remove() {
      await stop()
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

class Collector extends PassThrough {
  text = ''
  readonly isTTY: boolean
  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
    this.on('data', (chunk) => {
      this.text += String(chunk)
    })
  }
}

function createStreams(stdin: string, typed: RunOptions['typed']) {
  const isTerminal = typed !== undefined
  const streams = { stdin: Object.assign(new PassThrough(), { isTTY: isTerminal }), stdout: new Collector(isTerminal), stderr: new Collector(isTerminal) }
  if (!isTerminal) streams.stdin.end(stdin)
  const left = [...(typed ?? [])]
  let seen = 0
  streams.stderr.on('data', () => {
    const [next] = left
    const at = next === undefined ? -1 : streams.stderr.text.indexOf(next[0], seen)
    if (next === undefined || at < 0) return
    seen = at + next[0].length
    left.shift()
    setImmediate(() => streams.stdin.write(`${next[1]}\n`))
  })
  return streams
}
