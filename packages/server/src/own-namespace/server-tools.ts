import { z } from 'zod'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { mayBeSecret } from '../servers/secrets/may-be-secret.ts'
import { apiPath, defineOwnTool, withQuery } from './define-own-tool.ts'
import type { OwnTool } from './own-tool.types.ts'

/** How configurations refer to a stored secret. */
const REFERENCE = '$' + '{secret:NAME}'

const namespace = z.string().min(1).max(63).describe('Namespace of the server.')
const args = z.array(z.string().max(4096)).max(100).exactOptional()
const values = z.record(z.string().max(256), z.string().max(4096))
const env = values.exactOptional().describe(`Environment variables. A secret is referred to as ${REFERENCE}; its value is set in the web UI.`)
const server = z.strictObject({ namespace })

/** Where a server comes from. */
const SOURCE = {
  kind: z.enum(['npm', 'pypi', 'git', 'command', 'remote']).exactOptional().describe('What is installed or reached; missing with registryName.'),
  registryName: z.string().min(1).max(300).exactOptional().describe('Name in the registry, as search_registry gave it.'),
  package: z.string().max(300).exactOptional().describe('npm, pypi: the package.'),
  version: z.string().max(100).exactOptional().describe('npm, pypi: the exact version.'),
  url: z.string().max(2000).exactOptional().describe('git, remote: the address.'),
  ref: z.string().max(200).exactOptional().describe('git: branch, tag or commit.'),
  command: z.string().max(300).exactOptional().describe('command, git: the program.'),
  args,
  headers: values.exactOptional().describe(`remote: headers, secrets as ${REFERENCE}.`),
  env,
}

/** A person puts secrets into the store; here only their names pass. @throws {ToolDockError} `invalid_params` */
function refuseSecrets(given: Readonly<Record<string, string>> | undefined): void {
  const name = Object.entries(given ?? {}).find(([key, value]) => mayBeSecret(key, value))?.[0]
  if (name !== undefined)
    throw new ToolDockError(
      'invalid_params',
      `"${name}" looks like a secret, and secrets do not pass through here: have a person set one in the web UI, and refer to it as ${REFERENCE}.`,
    )
}

interface InstallForm {
  readonly options: readonly { readonly inputs: readonly { readonly id: string; readonly secret: boolean }[] }[]
}

/** Inputs that the form marks as secret may be given as references alone. */
function refuseSecretAnswers({ options }: InstallForm, option: number, answers: Readonly<Record<string, string>>): void {
  const secret = (options[option]?.inputs ?? []).find(
    ({ id, secret: isSecret }) => isSecret && answers[id] !== undefined && !/^\$\{secret:[^}]+\}$/.test(answers[id]),
  )
  if (secret !== undefined)
    throw new ToolDockError(
      'invalid_params',
      `"${secret.id}" is a secret: have a person install this server in the web UI, or answer with a reference ${REFERENCE}.`,
    )
}

const act = (name: 'start' | 'stop' | 'restart', title: string, description: string): OwnTool =>
  defineOwnTool({
    name: `${name}_server`,
    title,
    description,
    effect: 'write',
    idempotent: true,
    input: server,
    run: (given, ask) => ask({ method: 'POST', path: `${apiPath`/servers/${given.namespace}`}/${name}` }),
  })

/** External servers: found, checked, installed, watched. */
export const SERVER_TOOLS: readonly OwnTool[] = [
  defineOwnTool({
    name: 'search_registry',
    title: 'Search the registry',
    description: 'Searches the registry of MCP servers. Each has forms to install it from, with the inputs they need.',
    effect: 'read',
    openWorld: true,
    input: z.strictObject({
      search: z.string().min(1).max(200),
      limit: z.number().int().min(1).max(50).default(10),
      cursor: z.string().max(1000).exactOptional(),
    }),
    run: (given, ask) => ask({ method: 'GET', path: withQuery('/registry/servers', given) }),
  }),
  defineOwnTool({
    name: 'check_server_safety',
    title: 'Check the safety of a server',
    description:
      'What is known of the risk of a server before anything of it runs: give registryName, a kind with what belongs to it, or the namespace of one.',
    effect: 'read',
    openWorld: true,
    input: z.strictObject({ ...SOURCE, namespace: namespace.exactOptional() }),
    run(given, ask) {
      refuseSecrets(given.env)
      refuseSecrets(given.headers)
      return ask({ method: 'POST', path: '/servers/check', body: given })
    },
  }),
  defineOwnTool({
    name: 'install_server',
    title: 'Install a server',
    description:
      'Installs and starts a server under a namespace; check its safety first. A person is asked, as a program of somebody else will run. It goes on after the answer: get_server tells how far it is.',
    effect: 'write',
    openWorld: true,
    input: z.strictObject({
      ...SOURCE,
      namespace,
      option: z.number().int().min(0).max(100).default(0).describe('With registryName: which of its forms.'),
      answers: values.default({}).describe('With registryName: what the inputs of the form are answered.'),
      start: z.boolean().default(true),
    }),
    confirm: (given) => {
      const what = given.registryName ?? [given.package ?? given.url ?? given.command, ...(given.args ?? [])].join(' ')
      return `Install the MCP server "${what}" (${given.registryName === undefined ? given.kind : 'registry'}) as "${given.namespace}"${given.start ? ' and start it' : ''}? It is a program of somebody else.`
    },
    async run({ registryName, option, answers, namespace: as, start, ...source }, ask) {
      refuseSecrets(source.env)
      refuseSecrets(source.headers)
      if (registryName === undefined) return ask({ method: 'POST', path: '/servers', body: { ...source, namespace: as, start } })
      refuseSecretAnswers((await ask({ method: 'GET', path: apiPath`/registry/servers/${registryName}` })) as InstallForm, option, answers)
      return ask({ method: 'POST', path: '/registry/install', body: { name: registryName, namespace: as, option, answers, start } })
    },
  }),
  defineOwnTool({
    name: 'list_servers',
    title: 'List servers',
    description: 'Every external server with its state and the reason for it.',
    effect: 'read',
    input: z.strictObject({}),
    run: (_given, ask) => ask({ method: 'GET', path: '/servers' }),
  }),
  defineOwnTool({
    name: 'get_server',
    title: 'Look at a server',
    description: 'One server: state, progress of its installation, last lines, configuration without secrets.',
    effect: 'read',
    input: server,
    run: (given, ask) => ask({ method: 'GET', path: apiPath`/servers/${given.namespace}` }),
  }),
  act('start', 'Start a server', 'Starts a server that is stopped or has failed.'),
  act('stop', 'Stop a server', 'Stops a server; nothing starts it again but start_server or a person.'),
  act('restart', 'Restart a server', 'Ends the process of a server and starts it anew; calls under way are ended.'),
  defineOwnTool({
    name: 'remove_server',
    title: 'Remove a server',
    description: 'Stops and removes a server with its files. A person is asked first.',
    effect: 'destroy',
    input: server,
    confirm: (given) => `Remove the server "${given.namespace}" with its configuration and files?`,
    run: (given, ask) => ask({ method: 'DELETE', path: apiPath`/servers/${given.namespace}` }),
  }),
  defineOwnTool({
    name: 'list_secrets',
    title: 'List secrets',
    description: `Names of the secrets that can be referred to as ${REFERENCE}; never a value.`,
    effect: 'read',
    input: z.strictObject({}),
    run: (_given, ask) => ask({ method: 'GET', path: '/secrets' }),
  }),
  defineOwnTool({
    name: 'read_output',
    title: 'Read output',
    description: 'The last of what a server, or the tools of a folder, printed.',
    effect: 'read',
    input: z.strictObject({ namespace, bytes: z.number().int().min(1).max(65_536).default(8192) }),
    async run(given, ask) {
      const { kind } = (await ask({ method: 'GET', path: apiPath`/namespaces/${given.namespace}` })) as { readonly kind: string }
      const path = kind === 'server' ? apiPath`/servers/${given.namespace}/output` : apiPath`/namespaces/${given.namespace}/output`
      return ask({ method: 'GET', path: withQuery(path, { bytes: given.bytes }) })
    },
  }),
  defineOwnTool({
    name: 'list_recent_calls',
    title: 'List recent calls',
    description: 'Calls that ended, newest first: when, which tool, how long it took and how it ended.',
    effect: 'read',
    input: z.strictObject({
      namespace: namespace.exactOptional(),
      tool: z.string().min(1).max(500).exactOptional(),
      outcome: z.string().min(1).max(100).exactOptional().describe('"ok", "error" for every failure, or one code.'),
      limit: z.number().int().min(1).max(100).default(20),
    }),
    run: (given, ask) => ask({ method: 'GET', path: withQuery('/calls', given) }),
  }),
]
