import type { z } from 'zod'

/** One setting. */
export interface SettingRow<T> {
  readonly env: string
  /** Other names that are understood; the first name that is set wins. */
  readonly aliases?: readonly string[]
  readonly parse: z.ZodType<T, string | undefined>
  /** The default as a user would write it; undefined: unset. */
  readonly default: string | undefined
  readonly unit?: 'ms' | 's' | 'minutes' | 'days' | 'bytes' | 'MiB'
  readonly secret?: true
  readonly group: 'Address' | 'Access' | 'Data' | 'Logs' | 'Traces' | 'Alerts' | 'Limits' | 'Tools' | 'Servers' | 'Protocol'
  /** One sentence. */
  readonly doc: string
}

/** Checks a row, its type following from what it parses. */
export const row = <T>(definition: SettingRow<T>): SettingRow<T> => definition
