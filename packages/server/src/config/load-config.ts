import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { parseEnv } from 'node:util'
import { type Config, SETTINGS, type SettingKey, type SettingRow } from './settings.ts'

/** A setting that cannot be used, in words for the person who wrote it. */
export interface ConfigProblem {
  readonly env: string
  readonly message: string
}

export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[]
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ env, message }) => `${env} ${message}`).join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Reads every setting from `env`, completed by the `.env` file of `cwd` (the environment wins), and freezes the result.
 * @throws {ConfigError} with every problem at once.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): Config {
  const { merged, nameOf } = loadEnvironment(env, cwd)
  const problems: ConfigProblem[] = []
  const values: Partial<Record<SettingKey, unknown>> = {}
  for (const [key, definition] of Object.entries(SETTINGS) as [SettingKey, SettingRow<unknown>][]) {
    const name = nameOf(definition)
    const parsed = definition.parse.safeParse(name === undefined ? definition.default : merged[name])
    if (parsed.success) values[key] = parsed.data
    // The value of a secret is never repeated.
    else
      problems.push({
        env: name ?? definition.env,
        message: `${parsed.error.issues[0]?.message ?? 'is not usable'}${definition.secret || name === undefined ? '' : ` (it is "${merged[name]}")`}`,
      })
  }
  const config = values as Config
  if (problems.length === 0) problems.push(...checkTogether(config))
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(config)
}

export interface Environment {
  /** With what `.env` adds. */
  readonly merged: NodeJS.ProcessEnv
  /** The name by which a setting is set; undefined: it is not. */
  nameOf(row: SettingRow<unknown>): string | undefined
}

/** `env`, completed by the `.env` file of `cwd`. */
export function loadEnvironment(env: NodeJS.ProcessEnv, cwd: string): Environment {
  const dotenv = `${cwd}/.env`
  const merged: NodeJS.ProcessEnv = { ...(existsSync(dotenv) ? parseEnv(readFileSync(dotenv, 'utf8')) : {}), ...env }
  return { merged, nameOf: (row) => [row.env, ...(row.aliases ?? [])].find((name) => merged[name] !== undefined && merged[name] !== '') }
}

/** What an Authorization header is compared to is held in a buffer of this size. */
export const BEARER_TOKEN_BYTES_MAX = 1024

/** Rules that need more than one setting. */
function checkTogether(config: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  if (config.authDisabled && !isLoopbackHost(config.host))
    problems.push({ env: 'AUTH_DISABLED', message: `is refused while HOST is "${config.host}": without a token only a loopback address may be served` })
  if (config.databaseUrl !== undefined && !/^(postgres|postgresql|postgresql\+psycopg|sqlite):\/\//.test(config.databaseUrl))
    problems.push({ env: 'DATABASE_URL', message: 'must begin with postgresql:// or sqlite:///' })
  if (config.bearerToken !== undefined && Buffer.byteLength(config.bearerToken) > BEARER_TOKEN_BYTES_MAX)
    problems.push({ env: 'BEARER_TOKEN', message: `must not be longer than ${BEARER_TOKEN_BYTES_MAX} bytes` })
  if (config.publicUrl !== undefined && !URL.canParse(config.publicUrl))
    problems.push({ env: 'PUBLIC_URL', message: 'must be a URL such as https://tools.example.com' })
  if (config.corsOrigins.length === 0) problems.push({ env: 'CORS_ORIGINS', message: 'must be * or a list of origins' })
  for (const origin of config.corsOrigins)
    if (origin !== '*' && (!URL.canParse(origin) || new URL(origin).origin !== origin))
      problems.push({ env: 'CORS_ORIGINS', message: `has "${origin}", which is not an origin such as https://app.example.com` })
  for (const range of config.trustProxy)
    if (!isAddressRange(range)) problems.push({ env: 'TRUST_PROXY', message: `has "${range}", which is not an address or range such as 10.0.0.0/8` })
  return problems
}

function isAddressRange(range: string): boolean {
  const [address = '', bits, ...rest] = range.split('/')
  const family = isIP(address)
  return family !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))
}

/** Is this a name or address of this machine alone? */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  if (bare === 'localhost' || bare === '::1' || bare === '0:0:0:0:0:0:0:1') return true
  return isIP(bare) === 4 && bare.startsWith('127.')
}
