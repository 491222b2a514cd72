import { defineCommand } from '../command.ts'
import { becomeGateway, SOURCE_DIRS, START_OPTIONS } from '../start-gateway.ts'

export const dev = defineCommand({
  name: 'dev',
  summary: 'Start the gateway for writing tools: a save publishes, and requested permissions are accepted.',
  usage: [''],
  details: 'In a checkout of ToolDock itself the gateway also starts anew when its sources change.',
  options: START_OPTIONS,
  argsMin: 0,
  argsMax: 0,
  run: async (context) =>
    becomeGateway(context, {
      nodeArgs: SOURCE_DIRS.length === 0 ? [] : ['--watch', '--watch-preserve-output', ...SOURCE_DIRS.map((dir) => `--watch-path=${dir}`)],
      env: { WATCH: 'true', ACCEPT_PERMISSIONS: 'true' },
    }),
})
