import type { NamespaceOverview } from '@tooldock/server/admin/namespace-overview'
import { type Api, apiPath } from '../api.ts'
import { type Context, defineCommand, type Options } from '../command.ts'
import { UsageError } from '../command-error.ts'
import { findNamespace, listNamespaces } from '../find-namespace.ts'
import { plain } from '../output.ts'

const OPTIONS = { all: { type: 'boolean', doc: 'Every permission it requests.' } } as const satisfies Options

export const showPermissions = defineCommand({
  name: 'permissions show',
  summary: 'Show what namespaces request beyond the sandbox, and what is accepted.',
  usage: ['[namespace]'],
  options: {},
  argsMin: 0,
  argsMax: 1,
  async run({ args: [name], openApi, json, output }) {
    const api = await openApi()
    const namespaces = name === undefined ? await listNamespaces(api) : [await findNamespace(api, name, 'native')]
    const rows = namespaces.flatMap((it) =>
      it.requestedPermissions.map((permission) => ({ namespace: it.name, permission, accepted: it.acceptedPermissions.includes(permission) })),
    )
    if (json) output.printJson({ permissions: rows })
    else if (rows.length === 0) output.say('No permission is requested.')
    output.printTable(json ? [] : rows, [
      ['NAMESPACE', (row) => row.namespace],
      ['PERMISSION', (row) => plain(row.permission)],
      ['STATE', (row) => (row.accepted ? output.style('green', 'accepted') : output.style('yellow', 'waits for you'))],
    ])
    return undefined
  },
})

export const acceptPermissions = defineCommand({
  name: 'permissions accept',
  summary: 'Accept permissions that a namespace requests.',
  usage: ['<namespace> <permission…>', '<namespace> --all'],
  options: OPTIONS,
  argsMin: 1,
  argsMax: Number.POSITIVE_INFINITY,
  run: (context) => decide(context, ({ acceptedPermissions }, chosen) => [...new Set([...acceptedPermissions, ...chosen])]),
})

export const refusePermissions = defineCommand({
  name: 'permissions refuse',
  summary: 'Take permissions back; the worker goes on without them.',
  usage: ['<namespace> <permission…>', '<namespace> --all'],
  options: OPTIONS,
  argsMin: 1,
  argsMax: Number.POSITIVE_INFINITY,
  run: (context) => decide(context, ({ acceptedPermissions }, chosen) => acceptedPermissions.filter((permission) => !chosen.includes(permission))),
})

/** Changes only what was named: the rest stays accepted, or not, as it is. */
async function decide(
  { args: [name = '', ...named], options, openApi, json, output }: Context<typeof OPTIONS>,
  next: (namespace: NamespaceOverview, chosen: readonly string[]) => readonly string[],
): Promise<undefined> {
  if ((named.length === 0) !== (options.all === true)) throw new UsageError('Name the permissions, or say --all.')
  const api: Api = await openApi()
  const namespace = await findNamespace(api, name, 'native')
  const unknown = named.find((permission) => !namespace.requestedPermissions.includes(permission))
  if (unknown !== undefined)
    throw new UsageError(`"${name}" does not request "${unknown}". It requests: ${namespace.requestedPermissions.map(plain).join(', ') || 'nothing'}.`)
  const accept = next(namespace, options.all ? namespace.requestedPermissions : named)
  const changed = await api.put<NamespaceOverview>(apiPath`/api/namespaces/${name}/permissions`, { accept })
  const { requestedPermissions: requested, acceptedPermissions: accepted } = changed
  if (json) output.printJson({ namespace: name, requested, accepted })
  else output.print(`${name}: accepted ${accepted.map(plain).join(', ') || 'nothing'} of ${requested.map(plain).join(', ') || 'nothing'}`)
  return undefined
}
