import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { GetJson } from '../registry/get-json.ts'
import { installForm } from '../registry/install-form.ts'
import type { RegistryServer } from '../registry/server-json.ts'
import { secretReferences } from '../secrets/secrets.ts'
import type { ServerConfig, ServerSource } from '../server.types.ts'
import { type BlockerDeps, type Blockers, findBlockers } from './blockers.ts'
import { gitHostUrl } from './git-url.ts'
import { type NpmFacts, readNpmFacts } from './npm-facts.ts'
import { isExactVersion } from './package-spec.ts'
import { type DescribedTool, suspiciousTools } from './suspicious-text.ts'

export interface SafetyCheck {
  readonly id: string
  readonly status: 'pass' | 'warn' | 'fail' | 'info'
  readonly severity: 'low' | 'medium' | 'high'
  readonly message: string
  readonly detail?: string
}

/** The answer of `POST /api/servers/check`. */
export interface SafetyReport {
  readonly risk_level: 'low' | 'medium' | 'high'
  /** 2 for each warning, 4 for each failure. */
  readonly risk_score: number
  /** A check failed: the server is neither installed nor started unless an administrator overrides it with a reason. */
  readonly blocked: boolean
  readonly summary: string
  readonly checks: readonly SafetyCheck[]
  readonly required_env: readonly {
    readonly name: string
    readonly description: string
    readonly required: boolean
    readonly secret: boolean
    readonly source: 'env' | 'header'
  }[]
  readonly suggested_namespace?: string
  /** What was checked, as far as it is known. */
  readonly resolved_server: ResolvedServer
}

export interface ResolvedServer {
  /** In the registry, else the package, the command or the address. */
  readonly name: string
  /** `name@version` in the registry; null when it was given directly. */
  readonly id: string | null
  readonly repo_url: string | null
  readonly package_type: 'npm' | 'pypi' | 'repo' | 'remote' | 'command'
  /** Where it is cloned from or connected to; null for packages and commands. */
  readonly source_url: string | null
}

export interface AssessedServer {
  readonly source: ServerSource
  readonly env?: Readonly<Record<string, string>>
  /** Once they are known. */
  readonly tools?: readonly DescribedTool[]
  /** When it was found there. */
  readonly registry?: RegistryServer
}

export interface Assessor {
  /** Every check, those that ask registries included; one that cannot be reached is only said. Never rejects for a bad server. */
  assess(server: AssessedServer): Promise<SafetyReport>
  /**
   * The checks that forbid a server, without registries: before every installation and start.
   * @throws {ToolDockError} `server_blocked` with the failed checks, unless `override` says why it may run.
   */
  assertAllowed(server: Pick<ServerConfig, 'source' | 'env' | 'override'>): Promise<void>
}

export interface AssessorDeps extends BlockerDeps {
  readonly config: BlockerDeps['config'] & Pick<Config, 'npmRegistry' | 'npmRegistryToken'>
  readonly getJson: Pick<GetJson, 'get'>
  readonly now?: () => Date
}

const DAY_MS = 86_400_000
const NEW_PACKAGE_DAYS = 30
const NEW_VERSION_DAYS = 7
const KNOWN_HOSTS: ReadonlySet<string> = new Set(['github.com', 'gitlab.com', 'bitbucket.org'])
const SCORES = { pass: 0, info: 0, warn: 2, fail: 4 } as const
const SCORE_HIGH = 7
const SCORE_MEDIUM = 3

export function createAssessor(deps: AssessorDeps): Assessor {
  const { now = () => new Date() } = deps

  async function npmChecks(source: ServerSource): Promise<{ readonly checks: SafetyCheck[]; readonly facts?: NpmFacts }> {
    if (source.kind !== 'npm') return { checks: [] }
    try {
      const facts = await readNpmFacts(source.package, source.version, deps)
      if (facts === undefined) return { checks: [fail('package_age', 'The npm registry has no such package or version', source.package)] }
      return { checks: [ageCheck(facts, now()), scriptsCheck(facts, source.installScripts ?? false)], facts }
    } catch (error) {
      if (!(error instanceof ToolDockError)) throw error
      return { checks: [info('package_age', 'Age and install scripts are not known', error.message)] }
    }
  }

  return {
    async assess(server) {
      const { source, env = {}, tools, registry } = server
      const blockers = await findBlockers({ source, env }, deps)
      const { checks: npm, facts } = blockers.package.length > 0 ? { checks: [], facts: undefined } : await npmChecks(source)
      const form = registry === undefined ? undefined : installForm(registry)
      const inputs = form?.options.flatMap((option) => option.inputs) ?? []
      const required = inputs
        .filter(({ place }) => place === 'env' || place === 'header')
        .map(({ label, description, required: isRequired, secret, place }) => ({
          name: label,
          description,
          required: isRequired,
          secret,
          source: place === 'header' ? ('header' as const) : ('env' as const),
        }))
      const checks: SafetyCheck[] = [
        registry === undefined
          ? info('registry_lookup', 'Given directly, not found in a registry')
          : pass('registry_lookup', 'Found in the registry', `${registry.name} ${registry.version}`),
        ...blockerChecks(source, blockers),
        sourceCheck(source, registry?.repository?.url ?? facts?.repositoryUrl),
        ...versionChecks(source),
        ...npm,
        ...(tools === undefined ? [] : [toolsCheck(tools)]),
        info(
          'required_env',
          `${required.filter((input) => input.required).length} required inputs, ${Object.values(env).flatMap(secretReferences).length} secrets referred to`,
        ),
      ]
      return {
        ...judge(checks),
        checks,
        resolved_server: resolvedServer(source, registry, facts),
        required_env: required,
        ...(form === undefined ? {} : { suggested_namespace: form.suggestedNamespace }),
      }
    },
    async assertAllowed({ source, env, override }) {
      if (override !== undefined && override.reason.trim() !== '') return
      const checks = blockerChecks(source, await findBlockers({ source, env }, deps)).filter(({ status }) => status === 'fail')
      if (checks.length === 0) return
      throw new ToolDockError('server_blocked', `This server is refused: ${checks.map(({ detail, message }) => detail ?? message).join('; ')}.`, { checks })
    },
  }
}

function resolvedServer(source: ServerSource, registry: RegistryServer | undefined, facts: NpmFacts | undefined): ResolvedServer {
  const url = 'url' in source ? source.url : null
  return {
    name: registry?.name ?? url ?? ('package' in source ? source.package : 'command' in source ? (source.command ?? source.kind) : source.kind),
    id: registry === undefined ? null : `${registry.name}@${registry.version}`,
    repo_url: registry?.repository?.url ?? facts?.repositoryUrl ?? (source.kind === 'git' ? source.url : null),
    package_type: source.kind === 'git' ? 'repo' : source.kind,
    source_url: url,
  }
}

function judge(checks: readonly SafetyCheck[]): Pick<SafetyReport, 'risk_level' | 'risk_score' | 'blocked' | 'summary'> {
  const count = (status: SafetyCheck['status']): number => checks.filter((check) => check.status === status).length
  const score = checks.reduce((sum, { status }) => sum + SCORES[status], 0)
  const blocked = count('fail') > 0
  const level = score >= SCORE_HIGH ? 'high' : score >= SCORE_MEDIUM ? 'medium' : 'low'
  return {
    risk_level: level,
    risk_score: score,
    blocked,
    summary: `${blocked ? 'Blocked' : 'Allowed'}, ${level} risk: ${count('fail')} failed, ${count('warn')} warnings.`,
  }
}

function blockerChecks(source: ServerSource, { package: packages, command, environment, address }: Blockers): SafetyCheck[] {
  const checks = [packageTypeCheck(source, packages)]
  if (source.kind === 'command' || source.kind === 'git' || command.length > 0) checks.push(commandCheck(source, command))
  checks.push(
    environment.length > 0 ? fail('environment', 'Variables are refused', environment.join('; ')) : pass('environment', 'The variables are harmless by name'),
  )
  if (source.kind === 'remote' || source.kind === 'git')
    checks.push(
      address.length > 0 ? fail('remote_address', 'The address is refused', address.join('; ')) : pass('remote_address', 'The address may be connected to'),
    )
  return checks
}

function packageTypeCheck({ kind }: ServerSource, problems: readonly string[]): SafetyCheck {
  if (problems.length > 0) return fail('package_type', 'The package is refused', problems.join('; '))
  if (kind === 'npm' || kind === 'pypi') return pass('package_type', `A package of ${kind === 'npm' ? 'npm' : 'PyPI'}`)
  const words = {
    git: 'A repository, not a published package',
    remote: 'Runs elsewhere: what it does cannot be seen',
    command: 'A program given by hand',
  } as const
  return warn('package_type', words[kind])
}

function commandCheck(source: ServerSource, problems: readonly string[]): SafetyCheck {
  if (problems.length > 0) return fail('runtime_command', 'The command is refused', problems.join('; '))
  if (!('command' in source) || source.command === undefined) return info('runtime_command', 'No command: the project says how it is run')
  return ['python', 'python3', 'node', 'npx', 'uvx', 'uv'].includes(source.command)
    ? pass('runtime_command', `Runs ${source.command}`)
    : warn('runtime_command', 'A custom command, allowed by ALLOW_CUSTOM_COMMANDS', source.command)
}

function sourceCheck(source: ServerSource, repositoryUrl: string | undefined): SafetyCheck {
  const written = source.kind === 'git' ? (gitHostUrl(source.url) ?? source.url) : repositoryUrl?.replace(/^git\+/, '').replace(/^git:/, 'https:')
  if (written === undefined)
    return source.kind === 'npm' || source.kind === 'git'
      ? warn('source_url', 'It is not known where its source is')
      : info('source_url', 'It is not known where its source is')
  const host = URL.canParse(written) ? new URL(written).hostname : ''
  return KNOWN_HOSTS.has(host)
    ? pass('source_url', `Its source is at ${host}`)
    : warn('source_url', 'Its source is at a host that is not well known', host === '' ? undefined : host)
}

function versionChecks(source: ServerSource): SafetyCheck[] {
  if (source.kind === 'npm' || source.kind === 'pypi')
    return [
      isExactVersion(source.version)
        ? pass('version_pinned', `Pinned to ${source.version}`)
        : warn('version_pinned', 'No exact version: what is newest at the installation is taken, and kept'),
    ]
  if (source.kind !== 'git') return []
  return [
    /^[0-9a-f]{40,64}$/.test(source.ref ?? '')
      ? pass('version_pinned', 'Pinned to a commit')
      : warn('version_pinned', 'No commit: what is newest at the installation is taken, and kept'),
  ]
}

function ageCheck({ version, firstPublishedAt, publishedAt, deprecated }: NpmFacts, now: Date): SafetyCheck {
  const days = (date: Date | undefined): number => (date === undefined ? Number.POSITIVE_INFINITY : Math.floor((now.getTime() - date.getTime()) / DAY_MS))
  if (deprecated !== undefined) return warn('package_age', `Version ${version} is deprecated`, deprecated.slice(0, 300))
  if (days(firstPublishedAt) < NEW_PACKAGE_DAYS) return warn('package_age', `The package is new: first published ${days(firstPublishedAt)} days ago`)
  if (days(publishedAt) < NEW_VERSION_DAYS) return warn('package_age', `Version ${version} is new: published ${days(publishedAt)} days ago`)
  return pass('package_age', publishedAt === undefined ? `Version ${version}` : `Version ${version} was published on ${publishedAt.toISOString().slice(0, 10)}`)
}

function scriptsCheck({ installScripts }: NpmFacts, granted: boolean): SafetyCheck {
  if (installScripts.length === 0)
    return granted
      ? info('install_scripts', 'Granted; the package itself has none, its dependencies may')
      : pass('install_scripts', 'None, and none would be run')
  return granted
    ? warn('install_scripts', 'Its install scripts will run', installScripts.join(', '))
    : info('install_scripts', 'It has install scripts, which are not run', installScripts.join(', '))
}

function toolsCheck(tools: readonly DescribedTool[]): SafetyCheck {
  const found = suspiciousTools(tools)
  return found.length === 0
    ? pass('tool_descriptions', `${tools.length} descriptions without anything suspicious`)
    : warn('tool_descriptions', 'Descriptions speak to the model', found.slice(0, 20).join('; '))
}

function check(status: SafetyCheck['status'], severity: SafetyCheck['severity'], id: string, message: string, detail?: string): SafetyCheck {
  return { id, status, severity, message, ...(detail === undefined ? {} : { detail }) }
}
const pass = (id: string, message: string, detail?: string): SafetyCheck => check('pass', 'low', id, message, detail)
const info = (id: string, message: string, detail?: string): SafetyCheck => check('info', 'low', id, message, detail)
const warn = (id: string, message: string, detail?: string): SafetyCheck => check('warn', 'medium', id, message, detail)
const fail = (id: string, message: string, detail?: string): SafetyCheck => check('fail', 'high', id, message, detail)
