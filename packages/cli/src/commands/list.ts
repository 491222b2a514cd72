import type { NamespaceOverview } from '@tooldock/server/admin/namespace-overview'
import type { ToolOverview } from '@tooldock/server/tools/tool'
import { defineCommand } from '../command.ts'
import { findNamespace, listNamespaces } from '../find-namespace.ts'
import { listTools } from '../list-tools.ts'
import { type Output, plain } from '../output.ts'

const DESCRIPTION_CHARS = 80

export const list = defineCommand({
  name: 'list',
  summary: 'List the namespaces, or the tools of one.',
  usage: ['', '<namespace>'],
  options: {},
  argsMin: 0,
  argsMax: 1,
  async run({ args: [name], openApi, json, output }) {
    const api = await openApi()
    if (name === undefined) {
      const namespaces = await listNamespaces(api)
      if (json) output.printJson({ namespaces })
      else printNamespaces(namespaces, output)
      return undefined
    }
    const namespace = await findNamespace(api, name)
    const tools = await listTools(api, name)
    if (json) output.printJson({ namespace, tools })
    else printTools(tools, output)
    return undefined
  },
})

function printNamespaces(namespaces: readonly NamespaceOverview[], output: Output): void {
  if (namespaces.length === 0) output.say('There are no namespaces: put a folder of tools into DATA_DIR/tools, or add a server.')
  output.printTable(namespaces, [
    ['NAME', ({ name }) => name],
    ['KIND', ({ kind }) => kind],
    ['STATE', (it) => stateOf(it, output)],
    ['TOOLS', ({ tools }) => tools],
    ['MCP', ({ endpoints }) => endpoints.mcp],
    ['TITLE', ({ title }) => (title === null ? '' : plain(title))],
  ])
}

function stateOf({ state, problems, unpublishedChanges }: NamespaceOverview, output: Output): string {
  if (problems.length > 0) return output.style('yellow', `${state}, ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`)
  return unpublishedChanges ? `${state}, changed` : state
}

function printTools(tools: readonly ToolOverview[], output: Output): void {
  if (tools.length === 0) output.say('It has no tools.')
  output.printTable(tools, [
    ['NAME', ({ name }) => plain(name)],
    ['ARGUMENTS', (tool) => argumentsOf(tool)],
    ['STATE', ({ enabled }) => (enabled ? '' : output.style('dim', 'disabled'))],
    ['DESCRIPTION', ({ title, description }) => shorten(plain(description ?? title ?? ''))],
  ])
}

/** `a b [c]`: those in brackets may be left out. */
function argumentsOf({ inputSchema }: ToolOverview): string {
  const { properties, required } = inputSchema as { readonly properties?: object; readonly required?: readonly string[] }
  return Object.keys(properties ?? {})
    .map((name) => (required?.includes(name) ? name : `[${name}]`))
    .map(plain)
    .join(' ')
}

function shorten(text: string): string {
  const [line = ''] = text.trim().split('\n')
  return line.length > DESCRIPTION_CHARS ? `${line.slice(0, DESCRIPTION_CHARS - 1)}…` : line
}
