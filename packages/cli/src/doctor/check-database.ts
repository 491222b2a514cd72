import type { Config } from '@tooldock/server/config/settings'
import { ToolDockError } from '@tooldock/server/errors/tooldock-error'
import { inspectDatabase } from '@tooldock/server/store/inspect-database'
import type { Finding } from './finding.ts'

const area = 'database'

export async function checkDatabase(config: Config): Promise<Finding[]> {
  try {
    const { name, applied, pending } = await inspectDatabase(config)
    if (applied.length === 0) return [{ area, state: 'ok', message: `${name} is empty; the first start fills it.` }]
    if (pending.length === 0) return [{ area, state: 'ok', message: `${name} has the present schema.` }]
    return [
      {
        area,
        state: 'warning',
        message: `${name} has an older schema (${pending.length} migrations).`,
        advice: 'Back it up; the next start, or "tooldock migrate", brings it up.',
      },
    ]
  } catch (error) {
    if (!(error instanceof ToolDockError)) throw error
    return [{ area, state: 'error', message: error.message, advice: 'Check DATABASE_URL, and that the database runs and lets this user in.' }]
  }
}
