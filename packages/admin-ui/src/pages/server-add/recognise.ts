import { EMPTY_DRAFT, type ServerDraft } from '../../components/servers/server-draft.ts'
import { words } from '../../components/words.ts'

/** One thing that a text may mean. */
export interface Suggestion {
  readonly id: 'npm' | 'pypi' | 'git' | 'remote' | 'command'
  readonly title: string
  readonly detail: string
  readonly draft: ServerDraft
}

export interface Recognised {
  /** A configuration of a desktop client, to be imported as a whole. */
  readonly config: string | undefined
  /** Likeliest first. */
  readonly suggestions: readonly Suggestion[]
  /** What to look for in the registry; undefined: it is certainly no name. */
  readonly search: string | undefined
}

const NPM = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/
const PYPI = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i
const GIT_HOST = /^https:\/\/(www\.)?(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)\/[^/]+\/[^/?#]+\/?$/
const COMMANDS: ReadonlySet<string> = new Set(['node', 'python', 'python3', 'npx', 'uvx', 'uv'])

/** What somebody means by a name, a package, an address, a command, or what was pasted. */
export function recognise(text: string): Recognised {
  const typed = text.trim()
  if (typed === '') return { config: undefined, suggestions: [], search: undefined }
  if (/^(\{|\/\/|\/\*)/.test(typed)) return { config: typed, suggestions: [], search: undefined }
  if (/^(ssh:\/\/|git@|git\+)/.test(typed) || (/^https:\/\//.test(typed) && (GIT_HOST.test(typed) || /\.git$/.test(typed)))) return certain(git(typed))
  if (/^https?:\/\//.test(typed)) return certain(remote(typed))
  const [first = '', ...rest] = words(typed)
  if (COMMANDS.has(first)) return certain(...ofCommand(first, rest))
  if (rest.length > 0) return { config: undefined, suggestions: [], search: typed }
  const [, given, name = typed] = /^(npm|pypi):(.+)$/.exec(typed) ?? []
  const suggestions = [...(given === 'pypi' ? [] : npm(name)), ...(given === 'npm' || name.startsWith('@') ? [] : pypi(name))]
  return { config: undefined, suggestions, search: given === undefined ? typed : undefined }
}

const certain = (...suggestions: readonly Suggestion[]): Recognised => ({ config: undefined, suggestions, search: undefined })

const suggest = (id: Suggestion['id'], title: string, detail: string, draft: Partial<ServerDraft>, name: string): Suggestion => ({
  id,
  title,
  detail,
  draft: { ...EMPTY_DRAFT, kind: id, namespace: toNamespace(name), ...draft },
})

function npm(typed: string, args: readonly string[] = []): Suggestion[] {
  const [name, version = ''] = splitVersion(typed, '@')
  if (!NPM.test(name)) return []
  return [
    suggest(
      'npm',
      `Install ${typed} from npm`,
      'Installed once at an exact version, without install scripts.',
      { package: name, version: tag(version), args: args.join('\n') },
      name,
    ),
  ]
}

function pypi(typed: string, args: readonly string[] = []): Suggestion[] {
  const [name, version = ''] = splitVersion(typed.replace('==', '@'), '@')
  if (!PYPI.test(name)) return []
  return [
    suggest(
      'pypi',
      `Install ${typed} from PyPI`,
      'Installed once at an exact version, by uv.',
      { package: name, version: tag(version), args: args.join('\n') },
      name,
    ),
  ]
}

/** What moves is not written down as a version: the newest one is then installed and kept. */
const tag = (version: string): string => (version === 'latest' ? '' : version)

function git(url: string): Suggestion {
  const [address = url, ref = ''] = url.replace(/^git\+/, '').split('#', 2)
  return suggest('git', `Clone ${address}`, 'Cloned at one commit and installed from there.', { url: address, ref }, address)
}

function remote(url: string): Suggestion {
  const { hostname } = URL.canParse(url) ? new URL(url) : { hostname: 'remote' }
  return suggest(
    'remote',
    `Connect to ${url}`,
    'Streamable HTTP or HTTP+SSE, found out by asking.',
    { url },
    hostname.replace(/^(www|mcp|api)\./, '').split('.')[0] ?? hostname,
  )
}

/** `npx` and `uvx` name a package: it is better installed than fetched anew at each start. */
function ofCommand(command: string, args: readonly string[]): Suggestion[] {
  const [name = '', ...rest] = command === 'npx' || command === 'uvx' ? args.filter((arg, index) => index > 0 || !/^(-y|--yes)$/.test(arg)) : []
  const installed = name === '' || name.startsWith('-') ? [] : command === 'npx' ? npm(name, rest) : pypi(name, rest)
  const program = args.find((arg) => !arg.startsWith('-')) ?? command
  return [
    ...installed,
    suggest('command', `Run ${[command, ...args].join(' ')}`, 'As it is, whenever the server starts.', { command, args: args.join('\n') }, program),
  ]
}

function splitVersion(text: string, separator: string): [name: string, version: string | undefined] {
  const at = text.lastIndexOf(separator)
  return at <= 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** A name for the namespace, from the end of whatever names the server. */
export function toNamespace(name: string): string {
  const last = name
    .replace(/[/\\]+$/, '')
    .replace(/\.(git|js|mjs|ts|py)$/, '')
    .split(/[/\\:]/)
    .at(-1)
  const made = (last ?? '')
    .toLowerCase()
    .replace(/^(mcp-server-|server-|mcp-)(?=.)/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
  return made === '' ? 'server' : made
}
