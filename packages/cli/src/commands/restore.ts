import { defineCommand } from '../command.ts'
import { CommandError } from '../command-error.ts'

export const restore = defineCommand({
  name: 'restore',
  summary: 'Put what a backup holds into an empty data directory.',
  usage: ['<file>'],
  options: {},
  argsMin: 1,
  argsMax: 1,
  async run() {
    throw new CommandError('restore is not built yet.')
  },
})
