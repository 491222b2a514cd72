import type { DatabaseState } from '@tooldock/server/store/inspect-database'
import { defineCommand } from '../command.ts'

export const migrate = defineCommand({
  name: 'migrate',
  summary: 'Bring the database to the present schema, as the next start would.',
  usage: [''],
  details: 'All or nothing. A SQLite database is migrated while no gateway uses its data directory.',
  options: { 'dry-run': { type: 'boolean', doc: 'Only say what would be done.' } },
  argsMin: 0,
  argsMax: 0,
  async run({ options, loadConfig, json, output }) {
    const { inspectDatabase, openDataDir, openStore, pino } = await loadStore()
    const config = loadConfig()
    const before = await inspectDatabase(config)
    const isDryRun = options['dry-run'] === true
    // PostgreSQL has a lock of its own; the data directory may be another machine's.
    const dataDir = isDryRun || before.kind === 'postgres' ? undefined : await openDataDir(config.dataDir)
    try {
      if (!isDryRun) await (await openStore(config, pino({ level: 'silent' }))).close()
    } finally {
      await dataDir?.close()
    }
    if (json) output.printJson({ database: before.name, [isDryRun ? 'pending' : 'migrated']: before.pending })
    else output.print(sentence(before, isDryRun))
    return undefined
  },
})

function sentence({ name, applied, pending }: DatabaseState, isDryRun: boolean): string {
  if (pending.length === 0) return `${name} has the present schema (${applied.length} migrations).`
  return `${name}: ${isDryRun ? 'would run' : 'ran'} ${pending.join(', ')}.`
}

/** What no other command needs. */
async function loadStore() {
  const [{ inspectDatabase }, { openDataDir }, { openStore }, { pino }] = await Promise.all([
    import('@tooldock/server/store/inspect-database'),
    import('@tooldock/server/data-dir/data-dir'),
    import('@tooldock/server/store/open-store'),
    import('pino'),
  ])
  return { inspectDatabase, openDataDir, openStore, pino }
}
