import { compileArguments, compileSchema } from './compiled-schema.ts'
import type { Definitions, Exported, Prompt, StaticResource, TemplateResource, Tool } from './definitions.ts'
import { headerParameterFaults } from './header-parameters.ts'
import { definitionPlace } from './load-problem.ts'
import type { JsonSchema, LoadProblem, PromptEntry, ResourceEntry, ResourceTemplateEntry, ToolEntry } from './protocol.ts'
import { SchemaError } from './schema-check.ts'
import { compileUriTemplate } from './uri-template.ts'

type Spec = Exported['spec']
type Report = (code: string, message: string) => void

const NAME = /^[A-Za-z0-9_-]{1,64}$/

/** Checks what the files export and makes it ready to run; every fault of every definition is reported, not only the first. */
export async function buildDefinitions(
  dir: string,
  exported: readonly Exported[],
  listTimeoutMs: number,
): Promise<{ definitions: Definitions; problems: LoadProblem[] }> {
  const problems: LoadProblem[] = []
  const tools = new Map<string, Tool>()
  const prompts = new Map<string, Prompt>()
  const resources = new Map<string, StaticResource>()
  const templates: TemplateResource[] = []
  const entries = { tools: [] as ToolEntry[], prompts: [] as PromptEntry[], resources: [] as ResourceEntry[], resourceTemplates: [] as ResourceTemplateEntry[] }
  const claim = claimNames()

  for (const item of exported) {
    const { kind, spec, file } = item
    const name = typeof spec.name === 'string' ? spec.name : item.exportName
    const report: Report = (code, message) => problems.push({ file, ...definitionPlace(dir, item.stack), code, message: `${kind} "${name}": ${message}` })
    checkCommon(spec, report)
    if (kind !== 'resource') {
      if (!NAME.test(name)) report('invalid_name', 'a name has 1 to 64 letters, digits, "_" or "-".')
      claim(kind, name, file, report)
    }
    if (kind === 'tool') {
      const { tool, entry } = await buildTool(name, file, spec, report)
      tools.set(name, tool)
      entries.tools.push(entry)
    } else if (kind === 'prompt') {
      const { prompt, entry } = await buildPrompt(name, file, spec, report)
      prompts.set(name, prompt)
      entries.prompts.push(entry)
    } else if (typeof spec.uri === 'string') {
      claim('uri', spec.uri, file, report)
      if (!URL.canParse(spec.uri)) report('invalid_uri', `"${spec.uri}" is not a URI: it needs a scheme, as in notes://today.`)
      resources.set(spec.uri, { uri: spec.uri, mimeType: optionalText(spec.mimeType), handler: spec.handler as StaticResource['handler'] })
      entries.resources.push({ file, name, uri: spec.uri, ...described(spec, 'mimeType', 'size', 'annotations') })
    } else if (typeof spec.uriTemplate === 'string') {
      claim('uri', spec.uriTemplate, file, report)
      const template = buildTemplate(spec.uriTemplate, spec, report)
      if (!template) continue
      templates.push(template)
      entries.resourceTemplates.push({ file, name, uriTemplate: spec.uriTemplate, ...described(spec, 'mimeType', 'annotations') })
      entries.resources.push(...(await listResources(spec, file, listTimeoutMs, report)))
    } else report('invalid_definition', 'it needs `uri` or `uriTemplate`.')
  }

  const catalogue = {
    tools: entries.tools.sort(by('name')),
    resources: entries.resources.sort(by('uri')),
    resourceTemplates: entries.resourceTemplates.sort(by('uriTemplate')),
    prompts: entries.prompts.sort(by('name')),
    completions: [...prompts.values(), ...templates].some(({ complete }) => Object.keys(complete).length > 0),
  }
  return { definitions: { catalogue, tools, prompts, resources, templates }, problems }
}

/** Each name belongs to one definition; the second one is told who has it. */
function claimNames() {
  const owners = new Map<string, string>()
  return (kind: string, name: string, file: string, report: Report): void => {
    const owner = owners.get(`${kind} ${name}`)
    if (owner === undefined) owners.set(`${kind} ${name}`, file)
    else if (owner === file) report('duplicate_name', `${file} defines "${name}" twice.`)
    else report('duplicate_name', `both ${owner} and ${file} define "${name}".`)
  }
}

function checkCommon(spec: Spec, report: Report): void {
  if (typeof spec.handler !== 'function') report('invalid_definition', '`handler` must be a function.')
  if (spec.name !== undefined && typeof spec.name !== 'string') report('invalid_name', '`name` must be text.')
  for (const member of ['title', 'description', 'mimeType']) {
    if (spec[member] !== undefined && typeof spec[member] !== 'string') report('invalid_definition', `\`${member}\` must be text.`)
  }
  for (const member of ['annotations', '_meta', 'complete']) {
    if (spec[member] !== undefined && (typeof spec[member] !== 'object' || spec[member] === null))
      report('invalid_definition', `\`${member}\` must be an object.`)
  }
  if (spec.icons !== undefined && !Array.isArray(spec.icons)) report('invalid_definition', '`icons` must be a list.')
}

async function buildTool(name: string, file: string, spec: Spec, report: Report): Promise<{ tool: Tool; entry: ToolEntry }> {
  const input = await compile('input', () => compileArguments(spec.input), report)
  const output = spec.output === undefined ? undefined : await compile('output', () => compileSchema(spec.output, 'output'), report)
  for (const fault of headerParameterFaults(input.json)) report('invalid_schema', fault)
  const { timeoutSeconds } = spec
  const hasTimeout = timeoutSeconds !== undefined
  if (hasTimeout && !(typeof timeoutSeconds === 'number' && timeoutSeconds > 0 && timeoutSeconds <= 86_400)) {
    report('invalid_definition', '`timeoutSeconds` must be a number of seconds, more than 0 and at most a day.')
  }
  return {
    tool: { name, input, output, handler: spec.handler as Tool['handler'] },
    entry: {
      file,
      name,
      ...described(spec, 'annotations'),
      inputSchema: input.json,
      ...(output && { outputSchema: output.json }),
      ...(hasTimeout && { timeoutSeconds: timeoutSeconds as number }),
    },
  }
}

async function buildPrompt(name: string, file: string, spec: Spec, report: Report): Promise<{ prompt: Prompt; entry: PromptEntry }> {
  if (spec.description === undefined) report('invalid_definition', '`description` is missing.')
  const input = await compile('input', () => compileArguments(spec.input), report)
  const complete = (spec.complete ?? {}) as Prompt['complete']
  const properties = (input.json.properties ?? {}) as Record<string, JsonSchema>
  const required = Array.isArray(input.json.required) ? (input.json.required as unknown[]) : []
  checkCompletions(complete, Object.keys(properties), report)
  const list = Object.entries(properties).map(([argument, schema]) => ({
    name: argument,
    ...(typeof schema.title === 'string' && { title: schema.title }),
    ...(typeof schema.description === 'string' && { description: schema.description }),
    required: required.includes(argument),
  }))
  return {
    prompt: { name, description: String(spec.description), input, complete, handler: spec.handler as Prompt['handler'] },
    entry: { file, name, ...described(spec), ...(list.length > 0 && { arguments: list }) },
  }
}

function buildTemplate(uriTemplate: string, spec: Spec, report: Report): TemplateResource | undefined {
  try {
    const template = compileUriTemplate(uriTemplate)
    const complete = (spec.complete ?? {}) as TemplateResource['complete']
    checkCompletions(complete, template.variables, report)
    return { uriTemplate, mimeType: optionalText(spec.mimeType), template, complete, handler: spec.handler as TemplateResource['handler'] }
  } catch (error) {
    report('invalid_uri_template', (error as Error).message)
    return undefined
  }
}

function checkCompletions(complete: Readonly<Record<string, unknown>>, names: readonly string[], report: Report): void {
  for (const [name, value] of Object.entries(complete)) {
    if (!names.includes(name)) report('invalid_definition', `\`complete.${name}\` completes nothing: there is no such argument.`)
    else if (typeof value !== 'function') report('invalid_definition', `\`complete.${name}\` must be a function.`)
  }
}

async function listResources(spec: Spec, file: string, timeoutMs: number, report: Report): Promise<ResourceEntry[]> {
  if (typeof spec.list !== 'function') return []
  const inherited = optionalText(spec.mimeType)
  try {
    const listed: unknown = await withTimeout(Promise.resolve((spec.list as () => unknown)()), timeoutMs)
    if (!Array.isArray(listed)) throw new Error('it must answer a list')
    return listed.map((entry: Spec, index) => {
      if (typeof entry?.uri !== 'string' || typeof entry.name !== 'string') throw new Error(`entry ${index} needs \`uri\` and \`name\``)
      return { file, name: entry.name, uri: entry.uri, ...(inherited !== undefined && { mimeType: inherited }), ...described(entry, 'mimeType') }
    })
  } catch (error) {
    report('threw', `\`list\` failed: ${error instanceof Error ? error.message : String(error)}`)
    return []
  }
}

/** Rejects when the promise has not settled after `timeoutMs`. */
export function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new TimedOut(`it did not end within ${timeoutMs / 1000} s`)), timeoutMs)
  return Promise.race([promise, expired]).finally(() => clearTimeout(timer))
}
export class TimedOut extends Error {}

async function compile(member: string, build: () => ReturnType<typeof compileArguments>, report: Report) {
  try {
    return await build()
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error
    report('invalid_schema', `\`${member}\`: ${error.message}`)
    return compileArguments(undefined)
  }
}

const COMMON = ['title', 'description', 'icons', '_meta'] as const

/** The members of a definition that are listed as they are. */
function described(spec: Spec, ...more: readonly string[]): Record<string, never> {
  return Object.fromEntries([...COMMON, ...more].filter((name) => spec[name] !== undefined).map((name) => [name, spec[name]])) as Record<string, never>
}

const optionalText = (value: unknown) => (typeof value === 'string' ? value : undefined)

const by =
  <K extends string>(key: K) =>
  (a: { readonly [P in K]: string }, b: { readonly [P in K]: string }) =>
    a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0
