import type { EntryDiff, ReloadReport } from '@tooldock/server/namespaces/namespace-service'
import { ApiError, apiPath } from '../api.ts'
import { type Context, defineCommand, EXIT, type ExitCode } from '../command.ts'
import { UsageError } from '../command-error.ts'
import { describeReloadFailure } from '../describe-reload-failure.ts'
import { findNamespace } from '../find-namespace.ts'
import { type Output, plain } from '../output.ts'

export const reload = defineCommand({
  name: 'reload',
  summary: 'Publish a folder of tools as it is now; one that does not load keeps what it had.',
  usage: ['<namespace>', '--all'],
  options: {
    all: { type: 'boolean', doc: 'Publish every folder.' },
    'dry-run': { type: 'boolean', doc: 'Load and compare it, and publish nothing.' },
    generation: { type: 'string', value: '<id>', doc: 'Go back to a kept generation instead.' },
  },
  argsMin: 0,
  argsMax: 1,
  async run({ args: [name], options, openApi, json, output }) {
    if ((name === undefined) !== (options.all === true)) throw new UsageError('Name one namespace, or say --all.')
    if (options.all && options.generation !== undefined) throw new UsageError('--generation goes with one namespace.')
    const api = await openApi()
    if (name !== undefined) await findNamespace(api, name, 'native')
    const query = new URLSearchParams({ dryRun: String(options['dry-run'] === true) })
    if (options.generation !== undefined) query.set('generation', options.generation)
    try {
      const path = name === undefined ? '/api/reload' : apiPath`/api/reload/${name}`
      const answer = await api.post<ReloadReport & { readonly results?: readonly ReloadReport[] }>(`${path}?${query}`)
      if (json) output.printJson(answer)
      else for (const report of answer.results ?? [answer]) printReport(report, output)
      return undefined
    } catch (error) {
      return explain(error, { json, output })
    }
  },
})

function printReport({ namespace, changed, dryRun, generation, tools, resources, prompts, warnings }: ReloadReport, output: Output): void {
  const would = dryRun ? 'would be published' : 'published'
  output.print(changed ? `${namespace}: ${would}${generation === null || dryRun ? '' : ` as ${generation}`}` : `${namespace}: nothing changed`)
  for (const [kind, diff] of Object.entries({ tool: tools, resource: resources, prompt: prompts })) printDiff(kind, diff, output)
  for (const warning of warnings) output.say(output.style('yellow', `  ${plain(warning)}`))
}

function printDiff(kind: string, { added, removed, changed }: EntryDiff, output: Output): void {
  for (const name of added) output.print(output.style('green', `  + ${kind} ${plain(name)}`))
  for (const name of removed) output.print(output.style('red', `  - ${kind} ${plain(name)}`))
  for (const { name, changes } of changed)
    output.print(output.style('yellow', `  ~ ${kind} ${plain(name)} (${changes.map(({ path }) => plain(path)).join(', ')})`))
}

/** What did not load, with file, line and column. */
function explain(error: unknown, { json, output }: Pick<Context, 'json' | 'output'>): ExitCode {
  if (!(error instanceof ApiError) || error.code !== 'reload_failed') throw error
  if (json) output.printJson({ error: { code: error.code, message: error.message, details: error.details } })
  for (const line of describeReloadFailure(error)) output.say(line)
  return EXIT.failed
}
