import { dotenvPath, loadEnvironment } from './load-config.ts'
import { type Config, SETTINGS, type SettingKey, type SettingRow } from './settings.ts'

/** Where a setting came from. */
export interface SettingSource {
  readonly source: 'default' | 'environment' | 'file'
  /** Of the file: `.env`, or the one that holds the secret. */
  readonly path: string | null
}

const BY_DEFAULT: SettingSource = { source: 'default', path: null }

/** A setting as it is in force. */
export interface SettingDescription extends SettingSource {
  readonly env: string
  readonly group: SettingRow<unknown>['group']
  readonly doc: string
  readonly unit: NonNullable<SettingRow<unknown>['unit']> | null
  /** As a user would write it; masked when it is a secret; null: unset. */
  readonly value: string | null
  readonly default: string | null
  readonly secret: boolean
}

const MASK = '••••••••'
const URL_CREDENTIALS = /:\/\/[^/@]*@/g

/** Where each setting comes from: the environment wins over `.env` in `cwd`, and a secret may stand in a file of its own. */
export function loadSources(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): ReadonlyMap<SettingKey, SettingSource> {
  const { find } = loadEnvironment(env, cwd)
  const sourceOf = (row: SettingRow<unknown>): SettingSource => {
    const found = find(row)
    if (found === undefined) return BY_DEFAULT
    if (found.file !== undefined) return { source: 'file', path: found.text }
    return env[found.name] === undefined ? { source: 'file', path: dotenvPath(cwd) } : { source: 'environment', path: null }
  }
  return new Map((Object.entries(SETTINGS) as [SettingKey, SettingRow<unknown>][]).map(([key, row]) => [key, sourceOf(row)]))
}

export function describeSettings(config: Config, sources: ReadonlyMap<SettingKey, SettingSource>): SettingDescription[] {
  return (Object.entries(SETTINGS) as [SettingKey, SettingRow<unknown>][]).map(([key, { env, group, doc, unit, default: byDefault, secret = false }]) => ({
    env,
    group,
    doc,
    unit: unit ?? null,
    value: show(config[key], secret),
    default: byDefault ?? null,
    ...(sources.get(key) ?? BY_DEFAULT),
    secret,
  }))
}

function show(value: unknown, secret: boolean): string | null {
  if (value === undefined) return null
  if (secret) return MASK
  return (Array.isArray(value) ? value.join(',') : String(value)).replace(URL_CREDENTIALS, `://${MASK}@`)
}
