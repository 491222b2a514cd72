import { resolve } from 'node:path'
import { defineCommand } from '../command.ts'

export const restore = defineCommand({
  name: 'restore',
  summary: 'Put what a backup holds into the data directory and the database; the gateway must be stopped.',
  usage: ['<file>'],
  options: {
    force: { type: 'boolean', doc: 'Also where something is: it is moved aside, never deleted.' },
  },
  details:
    'The file is checked as a whole before anything is written, and takes its place as a whole: killed at any moment, it leaves the old or the new. ' +
    'A backup of SQLite can be restored into PostgreSQL and the other way round: DATABASE_URL decides. ' +
    'Without secrets in the backup set the same TOOLDOCK_SECRET_KEY, or set every secret again.',
  argsMin: 1,
  argsMax: 1,
  async run({ args: [file = ''], options, json, output, cwd, loadConfig }) {
    // Databases and archives, which no other command needs loaded.
    const { restoreBackup } = await import('@tooldock/server/backup/restore-backup')
    const config = loadConfig()
    const report = await restoreBackup(resolve(cwd, file), config, { force: options.force === true })
    const { head, members, reinstall, notes, aside } = report
    if (json) {
      output.printJson(report)
      return undefined
    }
    output.print(`Restored ${members} files and tables of ${head.createdAt} (ToolDock ${head.version}) into ${config.dataDir}.`)
    if (aside !== null)
      output.print(`What was there before is in ${aside.dir}${aside.schema === null ? '' : ` and in the schema ${aside.schema} of the database`}.`)
    if (!head.secrets)
      output.say(
        'The backup holds no secrets: set the same TOOLDOCK_SECRET_KEY as before, or set every secret again; clients need the new token, API keys stay.',
      )
    if (reinstall.length > 0) output.say(`Installed again at their next start, from the network: ${reinstall.join(', ')}.`)
    for (const note of notes) output.say(`Not in the backup: ${note}`)
    return undefined
  },
})
