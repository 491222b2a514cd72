import type { SettingRow } from './setting-row.ts'
import { ACCESS } from './settings/access.ts'
import { ADDRESS } from './settings/address.ts'
import { ALERTS } from './settings/alerts.ts'
import { DATA } from './settings/data.ts'
import { LIMITS } from './settings/limits.ts'
import { LOGS } from './settings/logs.ts'
import { PROTOCOL } from './settings/protocol.ts'
import { SERVERS } from './settings/servers.ts'
import { TOOLS } from './settings/tools.ts'
import { TRACES } from './settings/traces.ts'

export type { SettingRow } from './setting-row.ts'

/**
 * The one table of settings, in the order in which they are documented. Everything configurable is a row;
 * `docs/reference/settings.md` and `.env.example` are generated from it, and no other file reads the environment. A bound
 * says in `doc` what happens when it is reached.
 */
export const SETTINGS = {
  ...ADDRESS,
  ...ACCESS,
  ...DATA,
  ...LOGS,
  ...TRACES,
  ...ALERTS,
  ...LIMITS,
  ...TOOLS,
  ...SERVERS,
  ...PROTOCOL,
} as const

export type SettingKey = keyof typeof SETTINGS
export type Config = { readonly [K in SettingKey]: (typeof SETTINGS)[K] extends SettingRow<infer T> ? T : never }
