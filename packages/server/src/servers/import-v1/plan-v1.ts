import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readV1Servers, type V1Server } from '../../store/read-v1.ts'
import { parseClientConfig } from '../import-config/parse-client-config.ts'
import { mayBeSecret } from '../secrets/may-be-secret.ts'
import type { ServerConfig, ServerSource } from '../server.types.ts'

const FILE_BYTES_MAX = 1024 * 1024
const CONFIG_FILE = /^(\.env|[\w.-]+\.(ya?ml|json|toml))$/
/** In the clone of a repository other such files are the repository's own. */
const REPOSITORY_CONFIG = /^config\.(ya?ml|json)$/
const SYSTEM = 'tooldock-installer'

/** What becomes of one external server of v1. */
export interface V1ServerPlan {
  /** Its namespace in v1. */
  readonly name: string
  /** Undefined: it cannot come along, and `problems` say why. Secrets are references already. */
  readonly config?: Pick<ServerConfig, 'namespace' | 'title' | 'source' | 'env' | 'autoStart'>
  /** Values that v1 stored openly, by the name of the secret that takes their place. */
  readonly secrets: Readonly<Record<string, string>>
  /** Configuration files, by name. */
  readonly files: Readonly<Record<string, Buffer>>
  readonly problems: readonly string[]
  /** What is different from v1, or still to be done. */
  readonly notes: readonly string[]
}

/** A folder of Python tools, which no ToolDock of this kind can run. */
export interface V1Tools {
  readonly namespace: string
  readonly files: readonly string[]
  /** Python packages that it had. */
  readonly requirements: readonly string[]
}

export interface V1Plan {
  readonly servers: readonly V1ServerPlan[]
  readonly tools: readonly V1Tools[]
  /** What else stays behind, in words. */
  readonly notes: readonly string[]
}

/**
 * Reads the data directory of v1, and only reads it.
 * @throws {StartError} it is none
 */
export async function planImportOfV1(dataDir: string): Promise<V1Plan> {
  const { servers, broken } = await readV1Servers(join(dataDir, 'db/tooldock.db'))
  const plans: V1ServerPlan[] = []
  for (const server of servers) plans.push(await planServer(server, dataDir))
  for (const name of broken) plans.push(stays(name, 'its row in the database of v1 cannot be understood'))
  return { servers: plans, tools: await listTools(dataDir), notes: await listRest(dataDir) }
}

const stays = (name: string, problem: string, notes: readonly string[] = []): V1ServerPlan => ({ name, secrets: {}, files: {}, problems: [problem], notes })

async function planServer(server: V1Server, dataDir: string): Promise<V1ServerPlan> {
  const { namespace: name, auto_start: autoStart, server_name: title } = server
  if (server.package_type === 'system' || name === SYSTEM)
    return stays(name, 'it was part of v1', ['the namespace "tooldock" takes its place: see docs/guides/tooldock-namespace.md'])
  const notes: string[] = []
  const entry = entryOf(server, dataDir)
  if ('problem' in entry) return stays(name, entry.problem, entry.notes)
  const { config, problems, notes: found } = read(name, { ...entry.entry, env: server.env_vars ?? {}, title, disabled: !autoStart })
  if (config === undefined) return { name, secrets: {}, files: {}, problems, notes: found }
  const files = await configFiles(join(dataDir, 'external/servers', name), server.install_method === 'repo' ? REPOSITORY_CONFIG : CONFIG_FILE)
  if (Object.keys(files).length > 0) notes.push('its configuration files are in its own folder now, which is its current folder')
  const { env, secrets } = hideSecrets(config.env)
  const { namespace, source } = config
  return { name, config: { namespace, title, source: entry.source ?? source, env, autoStart }, secrets, files, problems: [], notes: [...found, ...notes] }
}

/** As the configuration of a desktop client would say it, which is understood already: `npx` and `uvx` become packages. */
function read(name: string, entry: Readonly<Record<string, unknown>>) {
  const [server] = parseClientConfig(JSON.stringify({ mcpServers: { [name]: entry } }), { allowPrivate: true }).servers
  return server ?? { name, config: undefined, problems: ['it cannot be understood'], notes: [] }
}

type Entry =
  | { readonly entry: Readonly<Record<string, unknown>>; readonly source?: ServerSource }
  | { readonly problem: string; readonly notes: readonly string[] }

function entryOf(server: V1Server, dataDir: string): Entry {
  const { install_method: method, repo_url: url, entrypoint, startup_command: command, command_args: args, server_url: address, venv_path: venv } = server
  if (server.transport_type === 'http' && address) return { entry: { url: address } }
  if (method === 'repo' && url) {
    // v1 ran the file of the clone by its absolute path.
    const file = entrypoint?.startsWith('/') ? undefined : (entrypoint ?? undefined)
    const given = file === undefined ? {} : { command: file.endsWith('.py') ? 'python' : 'node', args: [file] }
    const source: ServerSource = { kind: 'git', url, args: [], ...given }
    return { entry: { command: given.command ?? 'python', args: given.args ?? [] }, source }
  }
  if (!command) return { problem: 'v1 knew no command for it', notes: ['add it again: npm, PyPI, git, a command or a URL'] }
  if (venv)
    return {
      problem: 'it ran in a Python environment that v1 had made',
      notes: [`add its package again, of the kind pypi; v1 ran: ${[command, ...(args ?? [])].join(' ')}`],
    }
  const inside = [command, ...(args ?? [])].find((word) => word.startsWith(`${dataDir}/`) || word.startsWith('/data/'))
  if (inside !== undefined)
    return { problem: `its program lies in the data directory of v1 (${inside})`, notes: ['put the program where it stays, and add the server with that path'] }
  return { entry: { command, args: args ?? [] } }
}

/** A value that looks like a secret is stored as one. */
function hideSecrets(env: Readonly<Record<string, string>>): Pick<V1ServerPlan, 'secrets'> & { readonly env: Record<string, string> } {
  const secrets = Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== '' && mayBeSecret(name, value)))
  return { secrets, env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, name in secrets ? `\${secret:${name}}` : value])) }
}

async function configFiles(folder: string, which: RegExp): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {}
  for (const name of await namesIn(folder)) {
    const path = join(folder, name)
    if (!which.test(name)) continue
    const found = await stat(path)
    if (found.isFile() && found.size <= FILE_BYTES_MAX) files[name] = await readFile(path)
  }
  return files
}

async function listTools(dataDir: string): Promise<V1Tools[]> {
  const tools: V1Tools[] = []
  for (const namespace of await namesIn(join(dataDir, 'tools'))) {
    const files = (await namesIn(join(dataDir, 'tools', namespace))).filter((name) => name.endsWith('.py'))
    const requirements = await readFile(join(dataDir, 'venvs', namespace, 'requirements.txt'), 'utf8').catch(() => '')
    const lines = requirements.split('\n').map((line) => line.trim())
    if (files.length > 0) tools.push({ namespace, files, requirements: lines.filter((line) => line !== '' && !line.startsWith('#')) })
  }
  return tools
}

async function listRest(dataDir: string): Promise<string[]> {
  const names = await namesIn(dataDir)
  return [
    ...(names.includes('metrics.sqlite')
      ? ['metrics.sqlite stays: v1 counted every protocol message as a call of a tool, so its numbers mean something else']
      : []),
    ...(names.includes('logs') ? ['logs/ stays: its lines have another form'] : []),
    'the token stays: set BEARER_TOKEN to that of v1 to keep it, or make a key for each client',
  ]
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}
