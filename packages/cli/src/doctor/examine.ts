import { ConfigError } from '@tooldock/server/config/load-config'
import type { Config } from '@tooldock/server/config/settings'
import type { Context } from '../command.ts'
import { checkCertificate } from './check-certificate.ts'
import { checkDataDir } from './check-data-dir.ts'
import { checkDatabase } from './check-database.ts'
import { checkFolders } from './check-folders.ts'
import { checkGateway } from './check-gateway.ts'
import { checkPorts } from './check-ports.ts'
import { checkRegistries } from './check-registries.ts'
import { checkRuntimes } from './check-runtimes.ts'
import { checkStoredServers } from './check-stored-servers.ts'
import type { Finding } from './finding.ts'

/** Everything there is to find, in the order in which it depends on each other. */
export async function examine({ loadConfig, openApi }: Pick<Context, 'loadConfig' | 'openApi'>, isOffline: boolean): Promise<readonly Finding[]> {
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
