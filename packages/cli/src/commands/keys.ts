import type { ApiKey } from '@tooldock/server/access/api-key'
import { type Api, apiPath } from '../api.ts'
import { defineCommand } from '../command.ts'
import { CommandError, UsageError } from '../command-error.ts'
import { nearest } from '../nearest.ts'
import { plain } from '../output.ts'
import { readDurationMs } from '../read-duration.ts'

const ROLES: readonly string[] = ['caller', 'author', 'admin']

export const listKeys = defineCommand({
  name: 'keys list',
  summary: 'List the API keys: who may do what, and when each was last used.',
  usage: [''],
  options: {},
  argsMin: 0,
  argsMax: 0,
  async run({ openApi, json, output }) {
    const found = await (await openApi()).get<{ readonly keys: readonly ApiKey[] }>('/api/keys')
    if (json) output.printJson(found)
    else if (found.keys.length === 0) output.say('There are no keys. Make one: tooldock keys create <name>')
    output.printTable(json ? [] : found.keys, [
      ['NAME', (key) => plain(key.name)],
      ['PREFIX', (key) => key.prefix],
      ['ROLE', (key) => key.role],
      ['SEES', (key) => seen(key)],
      ['EXPIRES', (key) => (key.state === 'expired' ? output.style('red', 'expired') : key.expiresAt)],
      ['LAST USED', (key) => key.lastUsedAt],
      ['ID', (key) => key.id],
    ])
    return undefined
  },
})

const seen = ({ namespaces, tools }: ApiKey): string => (tools ?? namespaces ?? ['everything']).join(', ')

export const createKey = defineCommand({
  name: 'keys create',
  summary: 'Make an API key and print it, this once.',
  usage: ['<name>'],
  details: 'The key alone goes to stdout: KEY=$(tooldock keys create ci --namespace notes)',
  options: {
    role: { type: 'string', value: '<role>', doc: 'caller (the default), author or admin.' },
    namespace: { type: 'string', short: 'n', value: '<namespace>', multiple: true, doc: 'What it may see; may be repeated. Without it: everything.' },
    tool: { type: 'string', short: 't', value: '<namespace>/<tool>', multiple: true, doc: 'A tool it may call; may be repeated. It then sees no other.' },
    expires: { type: 'string', value: '<when>', doc: 'After a time such as 12h or 30d, or at an ISO 8601 date.' },
    rate: { type: 'string', value: '<n>/<burst>', doc: 'Its own rate limit: requests for each second, and how many at once.' },
  },
  argsMin: 1,
  argsMax: 1,
  async run({ args: [name], options, openApi, json, output }) {
    if (options.role !== undefined && !ROLES.includes(options.role)) throw new UsageError(`A role is one of ${ROLES.join(', ')}.`)
    const created = await (await openApi()).post<{ readonly key: ApiKey; readonly secret: string }>('/api/keys', {
      name,
      role: options.role ?? 'caller',
      namespaces: options.namespace ?? null,
      tools: options.tool ?? null,
      expiresAt: options.expires === undefined ? null : expiryOf(options.expires),
      rateLimit: options.rate === undefined ? null : rateOf(options.rate),
    })
    if (json) output.printJson(created)
    else {
      output.say(`The key "${plain(created.key.name)}" (${created.key.role}, sees ${seen(created.key)}). It is not shown again:`)
      output.print(created.secret)
    }
    return undefined
  },
})

function expiryOf(text: string): string {
  const durationMs = readDurationMs(text)
  const atMs = durationMs === undefined ? Date.parse(text) : Date.now() + durationMs
  if (Number.isNaN(atMs)) throw new UsageError(`"${text}" is neither a time such as 12h or 30d nor a date such as 2027-01-31.`)
  return new Date(atMs).toISOString()
}

function rateOf(text: string): { readonly perSecond: number; readonly burst: number } {
  const [, perSecond, burst] = /^(\d+(?:\.\d+)?)\/(\d+)$/.exec(text) ?? []
  if (perSecond === undefined) throw new UsageError(`"${text}" is no rate: write requests for each second and burst, such as 30/50.`)
  return { perSecond: Number(perSecond), burst: Number(burst) }
}

export const revokeKey = defineCommand({
  name: 'keys revoke',
  summary: 'Revoke an API key; what is open for it ends.',
  usage: ['<name, prefix or id>'],
  options: {},
  argsMin: 1,
  argsMax: 1,
  async run({ args: [wanted = ''], openApi, json, output }) {
    const api = await openApi()
    const key = await findKey(api, wanted)
    await api.delete(apiPath`/api/keys/${key.id}`)
    if (json) output.printJson({ removed: key.id })
    else output.print(`Revoked the key "${plain(key.name)}" (${key.prefix}…).`)
    return undefined
  },
})

/** Names are not unique: two keys of one name are told apart by prefix or id. */
async function findKey(api: Api, wanted: string): Promise<ApiKey> {
  const { keys } = await api.get<{ readonly keys: readonly ApiKey[] }>('/api/keys')
  const found = keys.filter(({ id, name, prefix }) => id === wanted || name === wanted || prefix === wanted)
  const [key] = found
  if (key === undefined)
    throw new CommandError(
      `There is no key "${wanted}".${nearest(
        wanted,
        keys.map(({ name }) => name),
      )}`,
    )
  if (found.length > 1) throw new CommandError(`"${wanted}" is ${found.length} keys: name one by its id (${found.map(({ id }) => id).join(', ')}).`)
  return key
}
