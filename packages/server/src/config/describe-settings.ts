import { loadEnvironment } from './load-config.ts'
import { type Config, SETTINGS, type SettingKey, type SettingRow } from './settings.ts'

export type SettingSource = 'default' | 'environment' | 'file'

/** A setting as it is in force. */
export interface SettingDescription {
  readonly env: string
  readonly group: SettingRow<unknown>['group']
  readonly doc: string
  readonly unit: NonNullable<SettingRow<unknown>['unit']> | null
  /** As a user would write it; masked when it is a secret; null: unset. */
  readonly value: string | null
  readonly default: string | null
  readonly source: SettingSource
  readonly secret: boolean
}

const MASK = '••••••••'
const URL_CREDENTIALS = /:\/\/[^/@]*@/g

/** Where each setting comes from: the environment wins over `.env` in `cwd` (`file`). */
export function loadSources(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): ReadonlyMap<SettingKey, SettingSource> {
  const { nameOf } = loadEnvironment(env, cwd)
  return new Map(
    (Object.entries(SETTINGS) as [SettingKey, SettingRow<unknown>][]).map(([key, row]) => {
      const name = nameOf(row)
      return [key, name === undefined ? 'default' : env[name] === undefined ? 'file' : 'environment']
    }),
  )
}

export function describeSettings(config: Config, sources: ReadonlyMap<SettingKey, SettingSource>): SettingDescription[] {
  return (Object.entries(SETTINGS) as [SettingKey, SettingRow<unknown>][]).map(([key, { env, group, doc, unit, default: byDefault, secret = false }]) => ({
    env,
    group,
    doc,
    unit: unit ?? null,
    value: show(config[key], secret),
    default: byDefault ?? null,
    source: sources.get(key) ?? 'default',
    secret,
  }))
}

function show(value: unknown, secret: boolean): string | null {
  if (value === undefined) return null
  if (secret) return MASK
  return (Array.isArray(value) ? value.join(',') : String(value)).replace(URL_CREDENTIALS, `://${MASK}@`)
}
