import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { z } from 'zod'
import { namespaceNameFault } from '../../namespaces/namespace-name.ts'
import { environmentProblems } from '../environment/environment.ts'
import { packageOf } from '../safety/check-command.ts'
import { remoteUrlFault } from '../safety/remote-address.ts'
import type { ServerConfig, ServerSource } from '../server.types.ts'
import { expandVariables } from './expand-variables.ts'

/** One server of a client's configuration. */
export interface ImportedServer {
  /** As it is written there. */
  readonly name: string
  /** Undefined when there are problems. */
  readonly config?: ServerConfig
  readonly problems: readonly string[]
  /** What to do next: secrets to set, a version that is not pinned. */
  readonly notes: readonly string[]
}

export interface ImportOptions {
  /** Values for `${VAR}`, `${env:VAR}` and `${input:id}`. */
  readonly values?: Readonly<Record<string, string>>
  /** `npx …` and `uvx …` stay commands instead of becoming `npm` and `pypi`. */
  readonly keepRunners?: boolean
  /** UPSTREAM_ALLOW_PRIVATE */
  readonly allowPrivate: boolean
}

export interface Import {
  readonly servers: readonly ImportedServer[]
  /** Why the text as a whole cannot be used. */
  readonly problems: readonly string[]
}

const TEXT_MAX = 1024 * 1024
const SERVERS_MAX = 200

const STRINGS = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
const ENTRY = z.looseObject({
  type: z.string().optional(),
  transport: z.string().optional(),
  command: z.string().min(1).max(4096).optional(),
  args: z
    .array(z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .max(500)
    .default([]),
  env: STRINGS.default({}),
  envFile: z.string().optional(),
  cwd: z.string().optional(),
  url: z.string().max(4096).optional(),
  serverUrl: z.string().max(4096).optional(),
  headers: STRINGS.default({}),
  disabled: z.boolean().default(false),
  title: z.string().max(200).optional(),
})
type Entry = z.infer<typeof ENTRY>

/** Reads what Claude Desktop, VS Code, Cursor and others keep: JSON with comments and trailing commas, wrapped or bare. */
export function parseClientConfig(text: string, options: ImportOptions): Import {
  if (text.length > TEXT_MAX) return { servers: [], problems: [`The text is longer than ${TEXT_MAX} characters.`] }
  const errors: ParseError[] = []
  const value: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true, disallowComments: false })
  const [error] = errors
  if (error !== undefined) return { servers: [], problems: [`Line ${text.slice(0, error.offset).split('\n').length}: ${printParseErrorCode(error.error)}.`] }
  const entries = findEntries(value)
  if (entries === undefined)
    return { servers: [], problems: ['This holds no servers: expected {"mcpServers": {"name": {"command": …}}}, "servers", or the entries alone.'] }
  const named = Object.entries(entries)
  if (named.length > SERVERS_MAX) return { servers: [], problems: [`More than ${SERVERS_MAX} servers.`] }
  const servers = named.map(([name, entry]) => importEntry(name, entry, options))
  return { servers: refuseTwins(servers), problems: [] }
}

function findEntries(value: unknown): Record<string, unknown> | undefined {
  if (!isObject(value)) return undefined
  const { mcp } = value
  for (const wrapped of [value.mcpServers, value.servers, isObject(mcp) ? (mcp.servers ?? mcp.mcpServers) : undefined]) if (isObject(wrapped)) return wrapped
  if ('mcpServers' in value || 'servers' in value) return undefined
  // One entry without its name, as documentation shows it.
  if (isEntry(value)) return { server: value }
  return Object.values(value).length > 0 && Object.values(value).every(isEntry) ? value : undefined
}

function isEntry(value: unknown): boolean {
  return isObject(value) && [value.command, value.url, value.serverUrl].some((member) => typeof member === 'string')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function importEntry(name: string, value: unknown, options: ImportOptions): ImportedServer {
  const parsed = ENTRY.safeParse(value)
  if (!parsed.success) return { name, problems: parsed.error.issues.map(({ path, message }) => [...path.map(String), message].join(': ')), notes: [] }
  const missing = new Set<string>()
  const expand = (text: string): string => {
    const expansion = expandVariables(text, options.values ?? {})
    for (const each of expansion.missing) missing.add(each)
    return expansion.text
  }
  const expandAll = (texts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, expand(text)]))
  const entry = parsed.data
  const expanded = { ...entry, args: entry.args.map(expand), env: expandAll(entry.env), headers: expandAll(entry.headers) }
  const { source, problems } = sourceOf(expanded, { ...options, expand })
  const namespace = namespaceOf(name)
  if (namespace === undefined) problems.push('no namespace can be made of this name; give it another')
  problems.push(...environmentProblems(expanded.env), ...argumentProblems(expanded.args))
  const notes = [...missing].map((secret) => `set the secret ${secret}`)
  if (entry.cwd !== undefined) notes.push('"cwd" is not taken over: a server runs in its own folder')
  if (entry.envFile !== undefined) notes.push('"envFile" is not taken over: enter its variables')
  if ((source?.kind === 'npm' || source?.kind === 'pypi') && source.version === undefined) notes.push('no version is pinned: the newest is installed')
  if (problems.length > 0 || source === undefined || namespace === undefined) return { name, problems, notes }
  const config: ServerConfig = {
    namespace,
    title: entry.title ?? name,
    source,
    env: expanded.env,
    sharing: 'shared',
    restart: 'on-failure',
    autoStart: !entry.disabled,
    idleStopMinutes: 0,
  }
  return { name, config, problems: [], notes }
}

/** Secrets are for the environment, where no list of processes shows them. */
function argumentProblems(args: readonly string[]): string[] {
  return args.some((arg) => arg.includes('${secret:')) ? ['a value in "args" is missing: give it a value, or move it to "env", where secrets can be'] : []
}

function sourceOf(
  entry: Entry,
  { keepRunners = false, allowPrivate, expand }: ImportOptions & { readonly expand: (text: string) => string },
): { source?: ServerSource; problems: string[] } {
  const url = entry.url ?? entry.serverUrl
  if (entry.command !== undefined && url !== undefined) return { problems: ['"command" and "url" exclude each other'] }
  if (url !== undefined) {
    const address = expand(url)
    const fault = remoteUrlFault(address, allowPrivate)
    const kind = entry.type ?? entry.transport
    const transport = kind === 'sse' ? 'sse' : kind === 'http' || kind === 'streamable-http' || kind === 'streamableHttp' ? 'streamable-http' : 'auto'
    return { source: { kind: 'remote', url: address, headers: entry.headers, transport }, problems: fault === undefined ? [] : [`url: ${fault}`] }
  }
  if (entry.command === undefined) return { problems: ['neither "command" nor "url" is there'] }
  // Windows wraps what is no program of its own.
  const [command, args] = unwrap(entry.command, entry.args)
  const found = keepRunners ? undefined : packageOf(command, args)
  if (found === undefined) return { source: { kind: 'command', command, args }, problems: [] }
  const { kind, name, version, bin, args: own } = found
  return { source: { kind, package: name, args: own, ...(version === undefined ? {} : { version }), ...(bin === undefined ? {} : { bin }) }, problems: [] }
}

/** `cmd /c npx …` → `npx …`; `npx.cmd` → `npx`. */
function unwrap(command: string, args: readonly string[]): [string, readonly string[]] {
  const [first, second, ...rest] = args
  if (/^cmd(\.exe)?$/i.test(command) && /^\/c$/i.test(first ?? '') && second !== undefined) return unwrap(second, rest)
  return [command.replace(/^(npx|uvx|uv|node|python|python3)\.(cmd|exe)$/i, '$1'), args]
}

function namespaceOf(name: string): string | undefined {
  const made = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/__+/g, '_')
    .replaceAll(/^[-_]+|[-_]+$/g, '')
    .slice(0, 63)
  for (const candidate of [made, `${made}-server`]) if (namespaceNameFault(candidate) === undefined) return candidate
  return undefined
}

/** Of several names that make one namespace the first keeps it. */
function refuseTwins(servers: readonly ImportedServer[]): ImportedServer[] {
  const seen = new Map<string, string>()
  return servers.map(({ config, ...server }) => {
    if (config === undefined) return server
    const first = seen.get(config.namespace)
    if (first !== undefined) return { ...server, problems: [`"${first}" already makes the namespace ${config.namespace}`] }
    seen.set(config.namespace, server.name)
    return { ...server, config }
  })
}
