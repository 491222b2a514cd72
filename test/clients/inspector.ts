import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ClientKind, ListName, TestClient, Wire } from './test-client.ts'

const CLI = join(dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/package.json')), 'clients/launcher/build/index.js')

/** It is a large program, started for each method. */
const COMPILE_CACHE = join(import.meta.dirname, '../../node_modules/.cache/compile')

const LIST_METHODS: Record<ListName, string> = {
  tools: 'tools/list',
  prompts: 'prompts/list',
  resources: 'resources/list',
  resourceTemplates: 'resources/templates/list',
}

/** The Inspector's command line: one process, one connection, one method. */
export function inspector(name: string, era: 'legacy' | 'auto' | 'modern', over: 'mcp' | 'sse'): ClientKind {
  return {
    name,
    async connect({ url, namespace, token }) {
      const target = [
        '--cli',
        `${url}/${namespace}/${over}`,
        '--transport',
        over === 'mcp' ? 'http' : 'sse',
        '--protocol-era',
        era,
        '--header',
        `Authorization: Bearer ${token}`,
      ]
      return adapt((method, ...args) => run([...target, '--format', 'json', '-q', '--method', method, ...args]), era)
    },
  }
}

function adapt(method: (method: string, ...args: string[]) => Promise<Wire>, era: string): TestClient {
  return {
    // It does not tell which revision it agreed on.
    version: () => era,
    serverName: () => undefined,
    list: async (list) => (await method(LIST_METHODS[list]))[list],
    call: (name, args) => method('tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args)),
    read: (uri) => method('resources/read', '--uri', uri),
    prompt: (name, args) => method('prompts/get', '--prompt-name', name, '--prompt-args', ...Object.entries(args).map(([key, value]) => `${key}=${value}`)),
    close: async () => undefined,
  }
}

/** A failed tool makes it exit with another code than 0 although it printed the result. */
function run(args: readonly string[]): Promise<Wire> {
  return new Promise((done, fail) => {
    execFile(
      process.execPath,
      [CLI, ...args],
      { env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE }, maxBuffer: 1 << 26, timeout: 60_000 },
      (error, stdout, stderr) => {
        try {
          const printed = JSON.parse(stdout) as Wire
          done(printed.result ?? printed)
        } catch {
          fail(new Error(`the Inspector printed no result (${error?.message ?? 'exit 0'}): ${stderr}${stdout}`))
        }
      },
    )
  })
}
