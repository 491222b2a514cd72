import type { NamespaceOverview } from '@tooldock/server/admin/namespace-overview'
import type { Api } from './api.ts'
import { CommandError } from './command-error.ts'
import { nearest } from './nearest.ts'

export async function listNamespaces(api: Api): Promise<readonly NamespaceOverview[]> {
  return (await api.get<{ readonly namespaces: readonly NamespaceOverview[] }>('/api/namespaces')).namespaces
}

/** @throws {CommandError} with the name that was probably meant */
export async function findNamespace(api: Api, name: string, kind?: NamespaceOverview['kind']): Promise<NamespaceOverview> {
  const all = await listNamespaces(api)
  const fitting = kind === undefined ? all : all.filter((it) => it.kind === kind)
  const found = fitting.find((it) => it.name === name)
  if (found !== undefined) return found
  const other = all.find((it) => it.name === name)
  if (other !== undefined) throw new CommandError(`"${name}" is ${KINDS[other.kind]}, not ${KINDS[kind ?? 'native']}.`)
  const what = kind === 'server' ? 'server' : 'namespace'
  throw new CommandError(
    `There is no ${what} "${name}".${nearest(
      name,
      fitting.map((it) => it.name),
    )}`,
  )
}

const KINDS: Readonly<Record<NamespaceOverview['kind'], string>> = {
  native: 'a folder of tools',
  server: 'an external server',
  bundle: 'a bundle',
  own: "ToolDock's own namespace",
}
