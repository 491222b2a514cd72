import type { PatchServersNsData, PostServersData, Server, ServerConfig } from '../../api/generated/types.gen.ts'
import { isSecretName, newPair, type Pair } from '../../ui/pairs.ts'

/** What a form of a server holds: text as it is typed, whatever the kind. */
export interface ServerDraft {
  readonly kind: Server['kind']
  readonly namespace: string
  readonly title: string
  readonly package: string
  readonly version: string
  readonly installScripts: boolean
  readonly url: string
  readonly ref: string
  readonly command: string
  /** One a line. */
  readonly args: string
  readonly headers: readonly Pair[]
  readonly transport: NonNullable<ServerConfig['transport']>
  readonly env: readonly Pair[]
  readonly sharing: ServerConfig['sharing']
  readonly restart: ServerConfig['restart']
  readonly start: boolean
  readonly idleStop: string
  readonly maxLifetimeMinutes: string
  readonly maxRssMb: string
  readonly timeoutSeconds: string
}

export interface SecretToSet {
  readonly name: string
  readonly value: string
}

export const EMPTY_DRAFT: ServerDraft = {
  kind: 'npm',
  namespace: '',
  title: '',
  package: '',
  version: '',
  installScripts: false,
  url: '',
  ref: '',
  command: '',
  args: '',
  headers: [],
  transport: 'auto',
  env: [],
  sharing: 'shared',
  restart: 'on-failure',
  start: true,
  idleStop: '0',
  maxLifetimeMinutes: '',
  maxRssMb: '',
  timeoutSeconds: '',
}

const REFERENCE = /^\$\{secret:[^}]+\}$/
/** What the gateway shows instead of a value that looks like a secret. */
const HIDDEN = '********'
const VARIABLE = /^[A-Z_][A-Z0-9_]*$/
const NAMESPACE = /^[a-z0-9](?:(?!__)[a-z0-9_-]){0,62}$/

/** Which members of a source belong to each kind. */
const SOURCE_MEMBERS = {
  npm: ['package', 'version', 'args', 'installScripts'],
  pypi: ['package', 'version', 'args'],
  git: ['url', 'ref', 'command', 'args', 'installScripts'],
  command: ['command', 'args'],
  remote: ['url', 'headers', 'transport'],
} as const satisfies Record<Server['kind'], readonly string[]>
const LIMITS = ['maxLifetimeMinutes', 'maxRssMb', 'timeoutSeconds'] as const

export function toDraft(server: Server): ServerDraft {
  const { config } = server
  return {
    ...EMPTY_DRAFT,
    kind: config.kind,
    namespace: server.namespace,
    title: config.title ?? '',
    package: config.package ?? '',
    version: config.version ?? '',
    installScripts: config.installScripts ?? false,
    url: config.url ?? '',
    ref: config.ref ?? '',
    command: config.command ?? '',
    args: (config.args ?? []).join('\n'),
    headers: toPairs(config.headers ?? {}),
    transport: config.transport ?? 'auto',
    env: toPairs(config.env),
    sharing: config.sharing,
    restart: config.restart,
    start: config.start,
    idleStop: String(config.idleStop),
    ...Object.fromEntries(LIMITS.map((name) => [name, config[name] === undefined ? '' : String(config[name])])),
  }
}

/** The draft as it stands once it was saved: values of secrets are not kept here. */
export function asSaved(draft: ServerDraft): ServerDraft {
  const forget = (pairs: readonly Pair[]): Pair[] =>
    pairs.filter(({ name }) => name !== '').map((pair) => (pair.secret ? { ...pair, value: '', stored: true } : pair))
  return { ...draft, env: forget(draft.env), headers: forget(draft.headers) }
}

function toPairs(values: Readonly<Record<string, string>>): Pair[] {
  return Object.entries(values).map(([name, value]) => {
    const isKept = REFERENCE.test(value) || value === HIDDEN
    return newPair({ name, value: isKept ? '' : value, secret: isKept || isSecretName(name), stored: isKept })
  })
}

/** What is wrong with a draft, by the name of its member; empty: nothing that can be seen from here. */
export function draftErrors(draft: ServerDraft): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {}
  if (!NAMESPACE.test(draft.namespace)) errors.namespace = 'Small letters, digits, - and _ (no two _ in a row), 63 at most.'
  const required = { npm: 'package', pypi: 'package', git: 'url', command: 'command', remote: 'url' } as const
  const member = required[draft.kind]
  if (draft[member].trim() === '') errors[member] = 'Needed.'
  for (const name of ['idleStop', ...LIMITS] as const) if (!/^\d*(\.\d+)?$/.test(draft[name].trim())) errors[name] = 'A number.'
  if (draft.env.some((pair) => pairError(pair) !== undefined)) errors.env = 'A variable is not usable.'
  return errors
}

export const pairError = ({ name, value }: Pair): string | undefined =>
  (name === '' && value === '') || VARIABLE.test(name) ? undefined : 'Capital letters, digits and _; not a digit first.'

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

const secretNameOf = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_')

/** The values to send, and what goes to the secrets first: the values then refer to them. */
function sendPairs(pairs: readonly Pair[]): { readonly values: Record<string, string>; readonly secrets: SecretToSet[] } {
  const values: Record<string, string> = {}
  const secrets: SecretToSet[] = []
  for (const { name, value, secret, stored } of pairs) {
    if (name === '' || (stored && value === '')) continue
    values[name] = secret ? `\${secret:${secretNameOf(name)}}` : value
    if (secret) secrets.push({ name: secretNameOf(name), value })
  }
  return { values, secrets }
}

function sourceOf(draft: ServerDraft, headers: Readonly<Record<string, string>>): Record<string, unknown> {
  const all: Record<string, unknown> = {
    package: draft.package.trim(),
    version: draft.version.trim(),
    installScripts: draft.installScripts,
    url: draft.url.trim(),
    ref: draft.ref.trim(),
    command: draft.command.trim(),
    args: lines(draft.args),
    headers,
    transport: draft.transport,
  }
  const given = SOURCE_MEMBERS[draft.kind].filter((name) => all[name] !== '' && all[name] !== false)
  return { kind: draft.kind, ...Object.fromEntries(given.map((name) => [name, all[name]])) }
}

/** What creates the server, and the secrets of its namespace it refers to. */
export function toCreate(draft: ServerDraft): { readonly body: PostServersData['body']; readonly secrets: readonly SecretToSet[] } {
  const env = sendPairs(draft.env)
  const headers = sendPairs(draft.headers)
  const body = {
    ...sourceOf(draft, headers.values),
    namespace: draft.namespace,
    ...(draft.title.trim() === '' ? {} : { title: draft.title.trim() }),
    env: env.values,
    start: draft.start,
    sharing: draft.sharing,
    restart: draft.restart,
    idleStop: Number(draft.idleStop),
    ...Object.fromEntries(LIMITS.filter((name) => draft[name].trim() !== '').map((name) => [name, Number(draft[name])])),
  }
  return { body: body as PostServersData['body'], secrets: [...env.secrets, ...headers.secrets] }
}

/** What changes the server from `before` to `draft`: what is the same stays out of it. */
export function toPatch(before: ServerDraft, draft: ServerDraft): { readonly body: PatchServersNsData['body']; readonly secrets: readonly SecretToSet[] } {
  const env = changedPairs(before.env, draft.env)
  const headers = changedPairs(before.headers, draft.headers)
  const body: Record<string, unknown> = {}
  const [old, next] = [sourceOf(before, {}), sourceOf(draft, {})]
  for (const name of Object.keys({ ...old, ...next })) {
    if (name === 'kind' || name === 'headers' || JSON.stringify(old[name]) === JSON.stringify(next[name])) continue
    body[name] = next[name] ?? null
  }
  for (const name of ['sharing', 'restart', 'start'] as const) if (before[name] !== draft[name]) body[name] = draft[name]
  if (before.title !== draft.title) body.title = draft.title.trim() === '' ? null : draft.title.trim()
  if (before.idleStop !== draft.idleStop) body.idleStop = Number(draft.idleStop)
  for (const name of LIMITS) if (before[name] !== draft[name]) body[name] = draft[name].trim() === '' ? null : Number(draft[name])
  if (Object.keys(env.values).length > 0) body.env = env.values
  if (Object.keys(headers.values).length > 0) body.headers = headers.values
  return { body: body as PatchServersNsData['body'], secrets: [...env.secrets, ...headers.secrets] }
}

function changedPairs(before: readonly Pair[], pairs: readonly Pair[]) {
  const { values, secrets } = sendPairs(pairs)
  const old = new Map(before.map((pair) => [pair.name, pair]))
  const changed: Record<string, string | null> = {}
  for (const [name, value] of Object.entries(values)) if (old.get(name)?.value !== value || old.get(name)?.secret) changed[name] = value
  const kept = new Set(pairs.map(({ name }) => name))
  for (const name of old.keys()) if (!kept.has(name)) changed[name] = null
  return { values: changed, secrets }
}
