import { defineCommand } from '../command.ts'
import { becomeGateway, START_OPTIONS } from '../start-gateway.ts'

export const start = defineCommand({
  name: 'start',
  summary: 'Start the gateway; Ctrl-C stops it.',
  usage: [''],
  details: 'Every setting is an environment variable or a line of .env in this folder.',
  options: START_OPTIONS,
  argsMin: 0,
  argsMax: 0,
  run: async (context) => becomeGateway(context),
})
