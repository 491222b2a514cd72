import { ConfigError } from '@tooldock/server/config/load-config'
import type { Config } from '@tooldock/server/config/settings'
import { type Context, defineCommand, EXIT } from '../command.ts'
import { checkCertificate } from '../doctor/check-certificate.ts'
import { checkDataDir } from '../doctor/check-data-dir.ts'
import { checkDatabase } from '../doctor/check-database.ts'
import { checkFolders } from '../doctor/check-folders.ts'
import { checkGateway } from '../doctor/check-gateway.ts'
import { checkPorts } from '../doctor/check-ports.ts'
import { checkRegistries } from '../doctor/check-registries.ts'
import { checkRuntimes } from '../doctor/check-runtimes.ts'
import { checkStoredServers } from '../doctor/check-stored-servers.ts'
import type { Finding } from '../doctor/finding.ts'
import { type Output, plain } from '../output.ts'

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Look at everything that ToolDock needs, and say what is wrong and what to do about it.',
  usage: [''],
  details: 'It works whether a gateway runs or not, and changes nothing. Exit code 1: something is wrong; a warning alone is 0.',
  options: { offline: { type: 'boolean', doc: 'Ask no registry.' } },
  argsMin: 0,
  argsMax: 0,
  async run({ options, loadConfig, openApi, json, output }) {
    const findings = await examine({ loadConfig, openApi }, options.offline === true)
    const wrong = findings.filter(({ state }) => state === 'error').length
    if (json) output.printJson({ ok: wrong === 0, findings })
    else print(findings, output)
    return wrong === 0 ? EXIT.done : EXIT.failed
  },
})

async function examine({ loadConfig, openApi }: Pick<Context, 'loadConfig' | 'openApi'>, isOffline: boolean): Promise<readonly Finding[]> {
  const config = readSettings(loadConfig)
  // Nothing else can be looked for before it is known where.
  if (Array.isArray(config)) return config
  const settings: Finding = { area: 'settings', state: 'ok', message: 'Every setting can be used.' }
  const { isThere, findings: gateway } = await checkGateway(await openApi())
  const parts = await Promise.all([
    checkDataDir(config, isThere),
    checkDatabase(config),
    checkRuntimes(config),
    isThere ? [] : checkPorts(config),
    checkCertificate(config, Date.now()),
    isOffline ? [] : checkRegistries(config),
  ])
  const resting = isThere ? [] : await checkResting(config, parts.flat())
  return [settings, ...gateway, ...parts.flat(), ...resting]
}

function readSettings(loadConfig: () => Config): Config | Finding[] {
  try {
    return loadConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ env, message }) => ({
      ...{ area: 'settings', state: 'error' },
      message: `${env} ${message}.`,
      advice: `Correct it in the environment or in .env; "tooldock doctor" then looks at the rest.`,
    }))
  }
}

/** What a gateway would tell of itself is looked for in its files, as far as they can be read. */
async function checkResting(config: Config, known: readonly Finding[]): Promise<readonly Finding[]> {
  const isUsable = (area: Finding['area']) => !known.some((finding) => finding.area === area && finding.state === 'error')
  const folders = isUsable('data directory') ? await checkFolders(config) : []
  const servers = isUsable('database') && isUsable('data directory') ? await checkStoredServers(config) : []
  return [...folders, ...servers]
}

const MARKS = { ok: ['green', 'ok     '], warning: ['yellow', 'warning'], error: ['red', 'ERROR  '] } as const

function print(findings: readonly Finding[], output: Output): void {
  for (const [area, found = []] of Object.entries(Object.groupBy(findings, (finding) => finding.area))) {
    output.print(output.style('bold', area))
    for (const { state, message, advice } of found) {
      const [style, mark] = MARKS[state]
      output.print(`  ${output.style(style, mark)}  ${plain(message)}`)
      if (advice !== undefined) output.print(`           ${output.style('dim', `→ ${plain(advice)}`)}`)
    }
  }
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  output.print('')
  output.print(count('error') + count('warning') === 0 ? 'All is well.' : `${count('error')} wrong, ${count('warning')} to look at.`)
}
