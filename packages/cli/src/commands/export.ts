import type { BundleStatus } from '@tooldock/server/bundles/bundle'
import type { Api } from '../api.ts'
import { defineCommand } from '../command.ts'
import { UsageError } from '../command-error.ts'

type Entry = Readonly<Record<string, unknown>>
type Servers = Readonly<Record<string, Entry>>

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'Write the servers as a Claude, Cursor or VS Code configuration, and the bundles, as JSON to stdout.',
  usage: ['> file'],
  details: 'A secret is written as ${NAME}, never as its value; "tooldock import" of the file finds it again.',
  options: {
    for: {
      type: 'string',
      value: '<client>',
      doc: 'claude (the default), cursor or vscode: how the client writes it. Without the bundles, which only ToolDock knows.',
    },
    servers: { type: 'boolean', doc: 'Only the servers.' },
    bundles: { type: 'boolean', doc: 'Only the bundles.' },
  },
  argsMin: 0,
  argsMax: 0,
  async run({ options, openApi, output }) {
    const client = options.for
    if (client !== undefined && !['claude', 'cursor', 'vscode'].includes(client)) throw new UsageError(`"${client}" is none of claude, cursor and vscode.`)
    if (client !== undefined && options.bundles) throw new UsageError('--for is about servers.')
    const api = await openApi()
    const servers = options.bundles ? {} : toClient(await readServers(api), client)
    const bundles = client !== undefined || (options.servers && !options.bundles) ? {} : await readBundles(api)
    output.print(JSON.stringify({ ...servers, ...bundles }, undefined, 2))
    return undefined
  },
})

async function readServers(api: Api): Promise<Servers> {
  return (await api.get<{ readonly mcpServers: Servers }>('/api/servers', { as: 'client-config' })).mcpServers
}

/** VS Code calls them `servers`, and wants to be told the transport. */
function toClient(servers: Servers, client: string | undefined): Readonly<Record<string, Servers>> {
  if (client !== 'vscode') return { mcpServers: servers }
  return { servers: Object.fromEntries(Object.entries(servers).map(([name, entry]) => [name, { type: 'url' in entry ? 'http' : 'stdio', ...entry }])) }
}

async function readBundles(api: Api): Promise<Readonly<Record<string, unknown>>> {
  const { bundles } = await api.get<{ readonly bundles: readonly BundleStatus[] }>('/api/bundles')
  return bundles.length === 0 ? {} : { bundles: Object.fromEntries(bundles.map(({ namespace, config }) => [namespace, config])) }
}
