import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Era } from './fixture/serving.ts'

const MAIN = join(import.meta.dirname, 'fixture/main.ts')

export interface FixtureChoice {
  readonly era: Era
  readonly offer?: 'conformance' | 'clients'
}

const argumentsOf = ({ era, offer = 'conformance' }: FixtureChoice): string[] => [MAIN, '--era', era, '--offer', offer]

/** The body for `POST /api/servers` that has the gateway start a fixture of its own. */
export function stdioFixture(choice: FixtureChoice): Readonly<Record<string, unknown>> {
  return { kind: 'command', command: 'node', args: [...argumentsOf(choice), '--stdio'] }
}

export interface HttpFixture {
  readonly url: string
  readonly pid: number
  /** SIGKILL: its clients are told nothing. */
  stop(): Promise<void>
}

/** Starts a fixture over HTTP, on a free port of the loopback address. @throws when it ends before it listens */
export async function startHttpFixture(choice: FixtureChoice): Promise<HttpFixture> {
  const child = spawn(process.execPath, [...argumentsOf(choice), '--http', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const [url] = (await Promise.race([
    once(lines, 'line'),
    ended.then(([code]) => {
      throw new Error(`the fixture ended with ${code} before it listened`)
    }),
  ])) as [string]
  return {
    url,
    pid: child.pid as number,
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
