import type { ServerStatus } from '@tooldock/server/servers/server-service'
import { type Api, apiPath } from '../api.ts'
import { type Context, defineCommand } from '../command.ts'
import { CommandError, UsageError } from '../command-error.ts'
import { plain } from '../output.ts'
import { settleServer } from '../settle-server.ts'

const KINDS = ['npm', 'pypi', 'git', 'command', 'url'] as const

export const addServer = defineCommand({
  name: 'servers add',
  summary: 'Add an external server: install it, start it, and wait until it runs or has failed.',
  usage: [
    '<namespace> npm <package>[@version] [-- args…]',
    '<namespace> pypi <package>[==version] [-- args…]',
    '<namespace> git <url>[#ref] [-- args…]',
    '<namespace> command -- <command> [args…]',
    '<namespace> url <https://…>',
  ],
  details: [
    'A secret is never an argument, which every program on the machine can read: --secret TOKEN asks for it at the terminal, or takes the',
    'next line of stdin, keeps it encrypted in the gateway and gives it to the server as TOKEN. In a header it is written ${secret:TOKEN}:',
    "  tooldock servers add issues url https://example.com/mcp --secret TOKEN --header 'Authorization: Bearer ${secret:TOKEN}'",
  ].join('\n'),
  options: {
    env: { type: 'string', short: 'e', value: '<NAME=value>', multiple: true, doc: 'A variable of its environment; may be repeated.' },
    secret: { type: 'string', value: '<NAME>', multiple: true, doc: 'A secret that is asked for; may be repeated.' },
    header: { type: 'string', value: "<'Name: value'>", multiple: true, doc: 'A header of every request to a url; may be repeated.' },
    title: { type: 'string', value: '<text>', doc: 'How it is called in lists.' },
    'no-start': { type: 'boolean', doc: 'Keep it stopped.' },
    'override-reason': { type: 'string', value: '<text>', doc: 'Why a server that the safety check blocks may run; it is kept in the audit log.' },
    'no-wait': { type: 'boolean', doc: 'Return at once, while it goes on.' },
  },
  argsMin: 3,
  argsMax: Number.POSITIVE_INFINITY,
  async run({ args: [namespace = '', kind = '', source = '', ...args], options, openApi, json, output, input }) {
    const isRemote = kind === 'url'
    const secrets = options.secret ?? []
    const server = {
      namespace,
      ...sourceOf(kind, source, args),
      env: { ...pairs(options.env ?? [], '=', '--env'), ...(isRemote ? {} : Object.fromEntries(secrets.map((name) => [name, `\${secret:${name}}`]))) },
      ...(isRemote ? { headers: pairs(options.header ?? [], ':', '--header') } : {}),
      ...(options.title === undefined ? {} : { title: options.title }),
      ...(options['override-reason'] === undefined ? {} : { override: { reason: options['override-reason'] } }),
      start: options['no-start'] !== true,
    }
    if (!isRemote && options.header !== undefined) throw new UsageError('--header goes with url.')
    const api = await openApi()
    await keepSecrets(api, { namespace, names: secrets, input })
    const created = await api.post<ServerStatus>('/api/servers', server)
    return settleServer(api, created, { waits: options['no-wait'] !== true, json, output })
  },
})

/** What belongs to the kind, as the API has it. */
function sourceOf(kind: string, source: string, args: readonly string[]): Readonly<Record<string, unknown>> {
  switch (kind) {
    case 'npm':
      return { kind, ...split(source, source.lastIndexOf('@'), 1, 'package', 'version'), args }
    case 'pypi':
      return { kind, ...split(source, source.indexOf('=='), 2, 'package', 'version'), args }
    case 'git':
      return { kind, ...split(source, source.indexOf('#'), 1, 'url', 'ref'), args }
    case 'command':
      return { kind, command: source, args }
    case 'url':
      if (args.length > 0) throw new UsageError('A url has no arguments.')
      return { kind: 'remote', url: source }
    default:
      throw new UsageError(`"${kind}" is no kind of server: ${KINDS.join(', ')}.`)
  }
}

/** `name@1.2.3` as its two halves. The `@` that a scope begins with does not part anything. */
function split(text: string, at: number, length: number, first: string, second: string): Record<string, string> {
  return at <= 0 ? { [first]: text } : { [first]: text.slice(0, at), [second]: text.slice(at + length) }
}

function pairs(texts: readonly string[], separator: string, option: string): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf(separator)
      // What was written may be a secret: it is not repeated.
      if (at <= 0) throw new UsageError(`${option} is written name${separator}value.`)
      return [text.slice(0, at).trim(), text.slice(at + separator.length).trim()]
    }),
  )
}

/** Kept for this namespace alone, before the server is made, which would not start without them. */
async function keepSecrets(
  api: Api,
  { namespace, names, input }: { readonly namespace: string; readonly names: readonly string[]; readonly input: Context['input'] },
): Promise<void> {
  for (const name of names) {
    const value = await input.ask(`${name}: `, { hidden: true })
    if (value === undefined || value === '') throw new CommandError(`No value was given for the secret "${plain(name)}".`)
    await api.put(apiPath`/api/secrets/${name}`, { value, namespace })
  }
}
