import type { ServerStatus } from '@tooldock/server/servers/server-service'
import { type Api, apiPath } from '../api.ts'
import { type Command, type Context, defineCommand, EXIT, type ExitCode, type Options } from '../command.ts'
import { findNamespace } from '../find-namespace.ts'
import { plain } from '../output.ts'
import { settleServer } from '../settle-server.ts'

const WAIT = { 'no-wait': { type: 'boolean', doc: 'Return at once, while it goes on.' } } as const satisfies Options

export const listServers = defineCommand({
  name: 'servers list',
  summary: 'List the external servers and how each is doing.',
  usage: [''],
  options: {},
  argsMin: 0,
  argsMax: 0,
  async run({ openApi, json, output }) {
    const found = await (await openApi()).get<{ readonly servers: readonly ServerStatus[] }>('/api/servers')
    if (json) output.printJson(found)
    else if (found.servers.length === 0) output.say('There are no servers. Add one: tooldock servers add <namespace> npm <package>')
    output.printTable(json ? [] : found.servers, [
      ['NAME', ({ namespace }) => namespace],
      ['KIND', ({ kind }) => kind],
      ['STATE', ({ state }) => output.style(state === 'running' ? 'green' : state === 'failed' ? 'red' : 'yellow', state)],
      ['VERSION', ({ installed }) => installed?.version],
      ['TOOLS', ({ tools }) => tools],
      ['RESTARTS', ({ restarts }) => restarts],
      ['REASON', ({ reason }) => (reason === null ? '' : plain(reason))],
    ])
    return undefined
  },
})

/** Begins something that goes on by itself, and waits for what comes of it. */
function act(verb: 'start' | 'stop' | 'restart', summary: string): Command {
  return defineCommand({
    name: `servers ${verb}`,
    summary,
    usage: ['<namespace>'],
    options: WAIT,
    argsMin: 1,
    argsMax: 1,
    run: (context) => change(context, (api, name) => api.post(apiPath`/api/servers/${name}/${verb}`)),
  })
}

export const startServer = act('start', 'Start a server, and wait until it runs or has failed.')
export const stopServer = act('stop', 'Stop a server; nothing starts it again but a person.')
export const restartServer = act('restart', 'End the process of a server and start it anew.')

export const upgradeServer = defineCommand({
  name: 'servers upgrade',
  summary: 'Install the newest version beside the old one, and change over when it works.',
  usage: ['<namespace>'],
  options: { ...WAIT, 'dry-run': { type: 'boolean', doc: 'Only show what would be different.' } },
  argsMin: 1,
  argsMax: 1,
  run: (context) => change(context, (api, name) => api.post(apiPath`/api/servers/${name}/upgrade`, { dryRun: context.options['dry-run'] === true })),
})

async function change(
  { args: [name = ''], options, openApi, json, output }: Context<typeof WAIT>,
  begin: (api: Api, name: string) => Promise<ServerStatus>,
): Promise<ExitCode | undefined> {
  const api = await openApi()
  await findNamespace(api, name, 'server')
  return settleServer(api, await begin(api, name), { waits: options['no-wait'] !== true, json, output })
}

export const showServerLogs = defineCommand({
  name: 'servers logs',
  summary: 'Print the last of what a server printed.',
  usage: ['<namespace>'],
  options: { follow: { type: 'boolean', short: 'f', doc: 'Go on printing, until Ctrl-C.' } },
  argsMin: 1,
  argsMax: 1,
  async run({ args: [name = ''], options, openApi, json, output }) {
    const api = await openApi()
    await findNamespace(api, name, 'server')
    const path = apiPath`/api/servers/${name}/output`
    if (!options.follow) {
      const answer = await api.get<{ readonly text: string }>(path)
      if (json) output.printJson(answer)
      else output.printText(answer.text)
      return undefined
    }
    const response = await api.open({ method: 'GET', path, query: { follow: true }, headers: { accept: 'text/plain' } })
    for await (const text of response.setEncoding('utf8')) output.printText(text as string)
    return undefined
  },
})

export const removeServer = defineCommand({
  name: 'servers remove',
  summary: 'Stop a server and remove it with its files.',
  usage: ['<namespace>'],
  options: {},
  argsMin: 1,
  argsMax: 1,
  async run({ args: [name = ''], openApi, json, output }) {
    const api = await openApi()
    await findNamespace(api, name, 'server')
    const removed = await api.delete<{ readonly removed: string }>(apiPath`/api/servers/${name}`)
    if (json) output.printJson(removed)
    else output.print(`Removed the server "${name}".`)
    return EXIT.done
  },
})
