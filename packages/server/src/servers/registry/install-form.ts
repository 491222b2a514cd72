import { isNpmName, isPypiName } from '../safety/package-spec.ts'
import type { ServerSource } from '../server.types.ts'
import type { RegistryArgument, RegistryInput, RegistryPackage, RegistryRemote, RegistryServer } from './server-json.ts'

/** One thing to ask a person before the installation. */
export interface FormInput {
  /** Key of the answer. */
  readonly id: string
  readonly place: 'env' | 'argument' | 'header' | 'url'
  readonly label: string
  readonly description: string
  readonly required: boolean
  /** The answer is to be kept as a secret and referred to as `${secret:NAME}`. */
  readonly secret: boolean
  readonly default?: string
  readonly choices?: readonly string[]
}

/** One way to get the server: a package or a remote address. */
export interface FormOption {
  readonly kind: string
  /** Package name or URL. */
  readonly label: string
  readonly inputs: readonly FormInput[]
  /** Why ToolDock cannot install it; empty: it can. */
  readonly problems: readonly string[]
}

export interface InstallForm {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly version: string
  readonly repository?: string
  readonly suggestedNamespace: string
  readonly options: readonly FormOption[]
}

/** A form with what fills it; only `FormOption` is shown. */
export interface FillableOption extends FormOption {
  /** Empty answers count as none. Returns what to create a server from, or which inputs are missing. */
  fill(
    answers: Readonly<Record<string, string>>,
  ): { readonly source: ServerSource; readonly env: Readonly<Record<string, string>> } | { readonly missing: readonly string[] }
}

/** `server.json` as questions and, answered, as a server. */
export function installForm(server: RegistryServer): InstallForm & { readonly options: readonly FillableOption[] } {
  const [, last = server.name] = /([^/]+)$/.exec(server.name) ?? []
  const made = last
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63)
  return {
    name: server.name,
    title: server.title ?? server.name,
    description: server.description,
    version: server.version,
    ...(server.repository?.url === undefined ? {} : { repository: server.repository.url }),
    suggestedNamespace: made === '' ? 'server' : made,
    options: [...server.packages.map(packageOption), ...server.remotes.map(remoteOption)],
  }
}

type Answers = Readonly<Record<string, string>>
/** A text with inputs in it; undefined when an input that is not required has no answer. */
interface Template {
  readonly inputs: readonly FormInput[]
  fill(answers: Answers): string | undefined
}

function answerOf(input: FormInput, answers: Answers): string | undefined {
  const given = Object.hasOwn(answers, input.id) ? answers[input.id] : undefined
  return given === undefined || given === '' ? input.default : given
}

/** Either a fixed value, a value with `{variables}`, or one input. */
function template(id: string, place: FormInput['place'], label: string, input: RegistryInput): Template {
  const asked = (inputId: string, inputLabel: string, from: RegistryInput, required: boolean): FormInput => ({
    id: inputId,
    place,
    label: inputLabel,
    description: from.description ?? '',
    required,
    secret: from.isSecret ?? false,
    ...(from.default === undefined ? {} : { default: from.default }),
    ...(from.choices === undefined ? {} : { choices: from.choices }),
  })
  const { value } = input
  if (value === undefined) {
    const only = asked(id, label, input, input.isRequired ?? false)
    return { inputs: [only], fill: (answers) => answerOf(only, answers) }
  }
  const variables = new Map(
    Object.entries(input.variables ?? {})
      .filter(([name]) => value.includes(`{${name}}`))
      .map(([name, variable]) => [name, asked(`${id}.${name}`, `${label}: ${name}`, variable, variable.isRequired ?? input.isRequired ?? false)]),
  )
  return {
    inputs: [...variables.values()],
    fill(answers) {
      let isComplete = true
      const filled = value.replaceAll(/\{([^{}]+)\}/g, (written, name: string) => {
        const variable = variables.get(name)
        if (variable === undefined) return written
        const answer = answerOf(variable, answers)
        if (answer === undefined) isComplete = false
        return answer ?? ''
      })
      return isComplete ? filled : undefined
    },
  }
}

function missingInputs(templates: readonly Template[], answers: Answers): string[] {
  return templates.flatMap(({ inputs }) => inputs.filter((input) => input.required && answerOf(input, answers) === undefined).map(({ id }) => id))
}

function packageOption(found: RegistryPackage): FillableOption {
  const variables = found.environmentVariables.flatMap((input) =>
    input.name === undefined ? [] : [{ name: input.name, value: template(`env.${input.name}`, 'env', input.name, input) }],
  )
  const parameters = found.packageArguments.map((argument, index) => ({ argument, value: argumentTemplate(argument, index) }))
  const templates = [...variables, ...parameters].map(({ value }) => value)
  return {
    kind: found.registryType,
    label: found.identifier,
    inputs: templates.flatMap(({ inputs }) => inputs),
    problems: packageProblems(found),
    fill(answers) {
      const missing = missingInputs(templates, answers)
      if (missing.length > 0) return { missing }
      const args = parameters.flatMap(({ argument, value }) => writtenArgument(argument, value.fill(answers)))
      const env = Object.fromEntries(variables.flatMap(({ name, value }) => toEntry(name, value.fill(answers))))
      const version = found.version === undefined || found.version === '' || found.version === 'latest' ? {} : { version: found.version }
      return { source: { kind: found.registryType === 'pypi' ? 'pypi' : 'npm', package: found.identifier, args, ...version }, env }
    },
  }
}

function argumentTemplate(argument: RegistryArgument, index: number): Template {
  const label = argument.name ?? argument.valueHint ?? `argument ${index + 1}`
  return template(`argument.${index}`, 'argument', label, argument)
}

function writtenArgument(argument: RegistryArgument, value: string | undefined): string[] {
  if (value === undefined) return []
  if (argument.type !== 'named' || argument.name === undefined) return [value]
  // A switch has no value of its own, or says yes and no.
  if (argument.format === 'boolean') return value === 'true' ? [argument.name] : []
  if (value === '') return [argument.name]
  return argument.name.endsWith('=') ? [`${argument.name}${value}`] : [argument.name, value]
}

function toEntry(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]]
}

/** Of the runner's own arguments only its "yes" is harmless to leave out: the package is run without a runner. */
const RUNNER_YES: ReadonlySet<string> = new Set(['-y', '--yes'])

function packageProblems({ registryType, identifier, runtimeArguments, transport }: RegistryPackage): string[] {
  const problems: string[] = []
  if (registryType !== 'npm' && registryType !== 'pypi') problems.push(`packages of the kind "${registryType}" cannot be installed`)
  else if (!(registryType === 'npm' ? isNpmName(identifier) : isPypiName(identifier))) problems.push('the identifier is no name of a package')
  const others = runtimeArguments.filter((argument) => !RUNNER_YES.has(argument.value ?? argument.name ?? ''))
  if (others.length > 0) problems.push(`it wants arguments for its runner: ${others.map(({ name, value }) => name ?? value ?? '?').join(' ')}`)
  if (transport !== undefined && transport.type !== 'stdio')
    problems.push(`it speaks ${transport.type}, not stdio: start it yourself and add it as a remote server`)
  return problems
}

function remoteOption(remote: RegistryRemote): FillableOption {
  const url = template('url', 'url', 'URL', { value: remote.url, variables: remote.variables, isRequired: true })
  const headers = remote.headers.flatMap((input) =>
    input.name === undefined ? [] : [{ name: input.name, value: template(`header.${input.name}`, 'header', input.name, input) }],
  )
  const templates = [url, ...headers.map(({ value }) => value)]
  const transport = remote.type === 'sse' || remote.type === 'streamable-http' ? remote.type : undefined
  return {
    kind: 'remote',
    label: remote.url,
    inputs: templates.flatMap(({ inputs }) => inputs),
    problems: transport === undefined ? [`remote servers of the type "${remote.type}" are not known`] : [],
    fill(answers) {
      const missing = missingInputs(templates, answers)
      const address = url.fill(answers)
      if (missing.length > 0 || address === undefined) return { missing: missing.length > 0 ? missing : ['url'] }
      return {
        source: {
          kind: 'remote',
          url: address,
          headers: Object.fromEntries(headers.flatMap(({ name, value }) => toEntry(name, value.fill(answers)))),
          transport: transport ?? 'auto',
        },
        env: {},
      }
    },
  }
}
