import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { parseEnv } from 'node:util'
import { readSecretFile } from './secret-file.ts'
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
  const environment = loadEnvironment(env, cwd)
  const problems: ConfigProblem[] = []
  const values: Partial<Record<SettingKey, unknown>> = {}
  for (const [key, definition] of Object.entries(SETTINGS) as [SettingKey, SettingRow<unknown>][]) {
    const found = environment.find(definition)
    try {
      values[key] = parse(definition, found)
    } catch (error) {
      problems.push({ env: found?.name ?? definition.env, message: (error as Error).message })
    }
  }
  const config = values as Config
  if (problems.length === 0) problems.push(...checkTogether(config))
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(config)
}

/** @throws {Error} whose message goes after the name of the setting; it never repeats the value of a secret */
function parse(definition: SettingRow<unknown>, found: FoundSetting | undefined): unknown {
  if (found?.file !== undefined && found.alsoSet !== undefined) throw new Error(`and ${found.alsoSet} are both set: remove one`)
  const text = found === undefined ? definition.default : found.file === undefined ? found.text : readSecretFile(found.text)
  const parsed = definition.parse.safeParse(text)
  if (parsed.success) return parsed.data
  const isShown = found !== undefined && definition.secret !== true
  throw new Error(`${parsed.error.issues[0]?.message ?? 'is not usable'}${isShown ? ` (it is "${text}")` : ''}`)
}

/** A setting as somebody wrote it. */
export interface FoundSetting {
  /** The variable that sets it. */
  readonly name: string
  /** What the variable holds. */
  readonly text: string
  /** The variable is `NAME_FILE`: what it holds is the path of a file with the secret. */
  readonly file?: true
  /** The variable that holds the secret itself, beside the one that names a file. */
  readonly alsoSet?: string
}

export interface Environment {
  /** With what `.env` adds. */
  readonly merged: NodeJS.ProcessEnv
  /** Undefined: the setting is not set. */
  find(row: SettingRow<unknown>): FoundSetting | undefined
}

/** `env`, completed by the `.env` file of `cwd`. */
export function loadEnvironment(env: NodeJS.ProcessEnv, cwd: string): Environment {
  const dotenv = dotenvPath(cwd)
  const merged: NodeJS.ProcessEnv = { ...(existsSync(dotenv) ? parseEnv(readFileSync(dotenv, 'utf8')) : {}), ...env }
  const first = (names: readonly string[]): FoundSetting | undefined => {
    for (const name of names) {
      const text = merged[name]
      if (text !== undefined && text !== '') return { name, text }
    }
    return undefined
  }
  return {
    merged,
    find: (row) => {
      const value = first(namesOf(row))
      const file = first(fileNamesOf(row))
      if (file === undefined) return value
      return { ...file, file: true, ...(value === undefined ? {} : { alsoSet: value.name }) }
    },
  }
}

export function dotenvPath(cwd: string): string {
  return `${cwd}/.env`
}

function namesOf({ env, aliases = [] }: SettingRow<unknown>): readonly string[] {
  return [env, ...aliases]
}

/** The variables that name a file which holds a setting: none, unless it is a secret. */
export function fileNamesOf(row: SettingRow<unknown>): readonly string[] {
  return row.secret === true ? namesOf(row).map((name) => `${name}_FILE`) : []
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
  if ((config.sslCertPath === undefined) !== (config.sslKeyPath === undefined)) {
    const [missing, set] = config.sslCertPath === undefined ? ['SSL_CERT_PATH', 'SSL_KEY_PATH'] : ['SSL_KEY_PATH', 'SSL_CERT_PATH']
    problems.push({ env: missing, message: `must be set too when ${set} is: TLS needs a certificate and its key` })
  }
  if (config.alertWebhookUrl !== undefined && config.alertWebhookSecret === undefined)
    problems.push({ env: 'ALERT_WEBHOOK_SECRET', message: 'must be set too when ALERT_WEBHOOK_URL is: alerts are signed' })
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
