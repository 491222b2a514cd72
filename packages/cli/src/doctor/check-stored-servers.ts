import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Config } from '@tooldock/server/config/settings'
import { readInstalled, readServerConfig } from '@tooldock/server/servers/server-schema'
import { inspectDatabase } from '@tooldock/server/store/inspect-database'
import { openStore } from '@tooldock/server/store/open-store'
import { pino } from 'pino'
import type { Finding } from './finding.ts'

const area = 'servers'
const INSTALLED_KINDS: readonly string[] = ['npm', 'pypi', 'git']

/** The servers of a database that no gateway uses now: can each be started? A database that would have to be changed is not opened. */
export async function checkStoredServers(config: Config): Promise<Finding[]> {
  const { applied, pending } = await inspectDatabase(config)
  if (applied.length === 0 || pending.length > 0) return []
  const store = await openStore(config, pino({ level: 'silent' }))
  try {
    return (await store.servers.list()).map(({ namespace, config: stored, installed }): Finding => {
      const server = readServerConfig(stored)
      if (server === undefined)
        return {
          area,
          state: 'error',
          message: `${namespace}: its stored configuration cannot be read.`,
          advice: 'Remove the server and add it again, or restore a backup.',
        }
      if (!INSTALLED_KINDS.includes(server.source.kind)) return { area, state: 'ok', message: `${namespace}: ${server.source.kind}` }
      const found = installed === null ? undefined : readInstalled(installed, join(resolve(config.dataDir), 'servers', namespace))
      if (found !== undefined && existsSync(found.dir)) return { area, state: 'ok', message: `${namespace}: ${server.source.kind}, ${found.version}` }
      return { area, state: 'warning', message: `${namespace} is not installed.`, advice: 'The next start installs it, which needs its registry.' }
    })
  } finally {
    await store.close()
  }
}
