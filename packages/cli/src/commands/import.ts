import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type ParseError, parse } from 'jsonc-parser'
import { type Api, ApiError } from '../api.ts'
import { defineCommand, EXIT, type ExitCode } from '../command.ts'
import { CommandError, UsageError } from '../command-error.ts'
import type { Input } from '../input.ts'
import { type Output, plain } from '../output.ts'

interface Imported {
  readonly kind: 'server' | 'bundle'
  readonly name: string
  readonly state: string
  readonly problems: readonly string[]
  readonly notes: readonly string[]
}

export const importCommand = defineCommand({
  name: 'import',
  summary: 'Add the servers of a Claude, VS Code or Cursor configuration, or what "tooldock export" wrote.',
  usage: ['<file>', '- < file', '--from-v1 <data dir>'],
  details: 'Each is added or not for itself: the exit code is 1 when one was not.',
  options: {
    'from-v1': { type: 'string', value: '<data dir>', doc: 'Take over the servers and metadata of a Python ToolDock, and say what cannot come along.' },
    'keep-runners': { type: 'boolean', doc: 'Keep npx … and uvx … as commands, instead of installing their packages.' },
    'no-start': { type: 'boolean', doc: 'Start nothing.' },
    'dry-run': { type: 'boolean', doc: 'Say what would be added, and add nothing.' },
  },
  argsMin: 0,
  argsMax: 1,
  async run(context) {
    const { args, options, openApi, json, input, output, cwd } = context
    const [file] = args
    const v1 = options['from-v1']
    if ((file === undefined) === (v1 === undefined)) throw new UsageError('Name a file, or - for stdin, or --from-v1 with a data directory.')
    if (v1 !== undefined) {
      // It reads a database, which no other import needs loaded.
      const { importFromV1 } = await import('./import-from-v1.ts')
      return importFromV1(context, resolve(cwd, v1))
    }
    const document = parseDocument(await read(file ?? '-', { input, cwd }))
    const api = await openApi()
    const { bundles, ...config } = document
    const isDryRun = options['dry-run'] === true
    const servers =
      Object.keys(config).length === 0
        ? []
        : await importServers(api, { config, keepRunners: options['keep-runners'] === true, start: options['no-start'] !== true, dryRun: isDryRun })
    const results = [...servers, ...(await importBundles(api, bundles, isDryRun))]
    if (json) output.printJson({ results })
    else print(results, output)
    return results.some(({ state }) => state === 'failed') ? EXIT.failed : (EXIT.done satisfies ExitCode)
  },
})

async function read(file: string, { input, cwd }: { readonly input: Input; readonly cwd: string }): Promise<string> {
  if (file === '-') return input.readAll()
  try {
    return await readFile(resolve(cwd, file), 'utf8')
  } catch (error) {
    throw new CommandError(`"${file}" cannot be read (${(error as NodeJS.ErrnoException).code}).`, { cause: error })
  }
}

/** Desktop clients allow comments and trailing commas. */
function parseDocument(text: string): Readonly<Record<string, unknown>> {
  const errors: ParseError[] = []
  const value: unknown = parse(text, errors, { allowTrailingComma: true })
  if (errors.length > 0 || typeof value !== 'object' || value === null || Array.isArray(value)) throw new CommandError('That is no JSON object.')
  return value as Readonly<Record<string, unknown>>
}

async function importServers(api: Api, body: object): Promise<Imported[]> {
  const { results } = await api.post<{ readonly results: readonly Omit<Imported, 'kind'>[] }>('/api/servers/import', body)
  return results.map((result) => ({ kind: 'server', ...result }))
}

async function importBundles(api: Api, bundles: unknown, isDryRun: boolean): Promise<Imported[]> {
  if (bundles === undefined) return []
  if (typeof bundles !== 'object' || bundles === null) throw new CommandError('"bundles" must be an object of bundles by name.')
  const imported: Imported[] = []
  for (const [name, bundle] of Object.entries(bundles)) imported.push(await importBundle(api, name, bundle as object, isDryRun))
  return imported
}

async function importBundle(api: Api, name: string, bundle: object, isDryRun: boolean): Promise<Imported> {
  const result = (state: string, problems: readonly string[]): Imported => ({ kind: 'bundle', name, state, problems, notes: [] })
  try {
    if (isDryRun) await api.post('/api/bundles/preview', bundle)
    else await api.post('/api/bundles', { namespace: name, ...bundle })
    return result(isDryRun ? 'ready' : 'created', [])
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 401) throw error
    return result('failed', [error.message])
  }
}

function print(results: readonly Imported[], output: Output): void {
  if (results.length === 0) output.say('There is nothing to import in it.')
  for (const { kind, name, state, problems, notes } of results) {
    output.print(`${kind} ${plain(name)}: ${output.style(state === 'failed' ? 'red' : 'green', state)}`)
    for (const problem of problems) output.say(`  ${plain(problem)}`)
    for (const note of notes) output.say(output.style('dim', `  ${plain(note)}`))
  }
}
