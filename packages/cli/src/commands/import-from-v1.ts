import { planImportOfV1, type V1ServerPlan, type V1Tools } from '@tooldock/server/servers/import-v1'
import { type Api, ApiError, apiPath } from '../api.ts'
import { type Context, EXIT, type ExitCode } from '../command.ts'
import { type Output, plain } from '../output.ts'

interface Result {
  readonly name: string
  readonly namespace: string | null
  /** `exists`: an earlier import, or somebody, has made it; what it lacks of its files is added. */
  readonly state: 'created' | 'ready' | 'exists' | 'failed'
  readonly problems: readonly string[]
  readonly notes: readonly string[]
}

type Options = {
  readonly 'dry-run': { readonly type: 'boolean'; readonly doc: string }
  readonly 'no-start': { readonly type: 'boolean'; readonly doc: string }
}

/** `tooldock import --from-v1 <dir>`: servers and metadata of the Python ToolDock, and a report of what cannot come along. */
export async function importFromV1(
  { openApi, options, json, output }: Pick<Context<Options>, 'openApi' | 'options' | 'json' | 'output'>,
  dir: string,
): Promise<ExitCode | undefined> {
  const { servers, tools, notes } = await planImportOfV1(dir)
  const api = await openApi()
  const { namespaces } = await api.get<{ namespaces: readonly { name: string; kind: string }[] }>('/api/namespaces')
  const existing = new Map(namespaces.map(({ name, kind }) => [name, kind]))
  const how = { isDryRun: options['dry-run'] === true, start: options['no-start'] !== true }
  const results: Result[] = []
  for (const server of servers) results.push(await importServer(api, server, existing, how))
  if (json) output.printJson({ servers: results, tools, notes })
  else print(output, results, tools, notes)
  return results.some(({ state }) => state === 'failed') ? EXIT.failed : undefined
}

async function importServer(api: Api, plan: V1ServerPlan, existing: ReadonlyMap<string, string>, how: { isDryRun: boolean; start: boolean }): Promise<Result> {
  const { name, config, problems, notes } = plan
  const result = (state: Result['state'], why: readonly string[] = []): Result => ({ name, namespace: config?.namespace ?? null, state, problems: why, notes })
  if (config === undefined) return result('failed', problems)
  try {
    const kind = existing.get(config.namespace)
    if (kind !== undefined && kind !== 'server')
      return result('failed', [`the namespace "${config.namespace}" is taken (${kind}): remove or rename that first`])
    if (kind === 'server') {
      if (!how.isDryRun) await addFiles(api, config.namespace, plan.files)
      return result('exists')
    }
    if (how.isDryRun) return await checkServer(api, config, result)
    await createServer(api, plan, config, how.start)
    return result('created')
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 401) throw error
    return result('failed', [error.message])
  }
}

type Wanted = NonNullable<V1ServerPlan['config']>

async function checkServer(api: Api, { source, env }: Wanted, result: (state: Result['state'], why?: readonly string[]) => Result): Promise<Result> {
  const { blocked, summary } = await api.post<{ blocked: boolean; summary: string }>('/api/servers/check', { ...source, env })
  return blocked ? result('failed', [summary]) : result('ready')
}

/** Nothing starts before its secrets and files are there; what was refused leaves neither. */
async function createServer(api: Api, { secrets, files }: V1ServerPlan, { namespace, title, source, env, autoStart }: Wanted, start: boolean): Promise<void> {
  await api.post('/api/servers', { namespace, title, ...source, env, start: false })
  for (const [name, value] of Object.entries(secrets)) await api.put(apiPath`/api/secrets/${name}`, { value, namespace })
  await addFiles(api, namespace, files)
  if (start && autoStart) await api.post(apiPath`/api/servers/${namespace}/start`)
}

/** A file that is there already may have been changed since. */
async function addFiles(api: Api, namespace: string, files: V1ServerPlan['files']): Promise<void> {
  if (Object.keys(files).length === 0) return
  const { files: there } = await api.get<{ files: readonly { name: string }[] }>(apiPath`/api/servers/${namespace}/files`)
  for (const [name, content] of Object.entries(files)) {
    if (there.some((file) => file.name === name)) continue
    await api.put(apiPath`/api/servers/${namespace}/files/${name}`, { content: content.toString('base64'), encoding: 'base64' })
  }
}

function print(output: Output, results: readonly Result[], tools: readonly V1Tools[], notes: readonly string[]): void {
  for (const { name, state, problems, notes: own } of results) {
    output.print(`server ${plain(name)}: ${output.style(state === 'failed' ? 'red' : 'green', state)}`)
    for (const line of [...problems, ...own]) output.print(`  ${plain(line)}`)
  }
  for (const { namespace, files, requirements } of tools) {
    output.print(`tools ${plain(namespace)}: ${output.style('yellow', 'not imported')}`)
    output.print(
      `  Python is not served: write ${plain(files.join(', '))} again in TypeScript (docs/guides/writing-tools.md), or serve them as an MCP server of their own`,
    )
    if (requirements.length > 0) output.print(`  they used ${plain(requirements.join(', '))}`)
  }
  for (const note of notes) output.say(plain(note))
}
