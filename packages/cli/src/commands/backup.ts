import { defineCommand } from '../command.ts'
import { CommandError } from '../command-error.ts'

export const backup = defineCommand({
  name: 'backup',
  summary: 'Write everything that is kept here into one file, while the gateway runs.',
  usage: ['<file>'],
  options: {},
  argsMin: 1,
  argsMax: 1,
  async run() {
    throw new CommandError('backup is not built yet.')
  },
})
