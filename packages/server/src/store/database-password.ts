import type { Config } from '../config/settings.ts'

/** The password in DATABASE_URL, which no line of the log may show. */
export function databasePassword({ databaseUrl }: Pick<Config, 'databaseUrl'>): string | undefined {
  const password = databaseUrl !== undefined && URL.canParse(databaseUrl) ? new URL(databaseUrl).password : ''
  return password === '' ? undefined : decodeURIComponent(password)
}
