import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { createApp } from '@tooldock/server/app'
import { fileNamesOf, loadConfig } from '@tooldock/server/config/load-config'
import { type Config, SETTINGS, type SettingRow } from '@tooldock/server/config/settings'
import { namespaceNameFault } from '@tooldock/server/namespaces/namespace-name'
import { type Api, apiPath, createApi } from '../api.ts'
import { CommandError } from '../command-error.ts'

/** What these say is about a gateway that others reach, and not about tools. */
const FOREIGN_GROUPS: ReadonlySet<SettingRow<unknown>['group']> = new Set(['Address', 'Access', 'Data', 'Logs'])
const STDERR = 2
const NAME_CHARS_MAX = 63

export interface PrivateGatewayOptions {
  readonly folder: string
  /** What the namespace is called; missing: as the folder, as far as that can be. */
  readonly name: string | undefined
  /** Where what the tools save is kept; missing: nowhere. */
  readonly dataDir: string | undefined
  readonly acceptPermissions: boolean
  readonly env: NodeJS.ProcessEnv
}

/** A gateway for one folder, which nobody else can reach: on a free port of this machine, with a token of its own. */
export interface PrivateGateway {
  readonly namespace: string
  readonly api: Api
  /** Ends every process it started and removes what it made. */
  close(): Promise<void>
}

/** @throws {CommandError} {ConfigError} {ToolDockError} {StartError}, or {ApiError} `reload_failed` when the folder does not load */
export async function openPrivateGateway(options: PrivateGatewayOptions): Promise<PrivateGateway> {
  const folder = await realpath(options.folder).catch(() => undefined)
  if (folder === undefined) throw new CommandError(`There is no folder "${options.folder}".`)
  const namespace = options.name ?? nameOf(folder)
  const fault = namespaceNameFault(namespace)
  if (fault !== undefined) throw new CommandError(`"${namespace}" cannot be its name: ${fault}. Choose one with --name.`)
  const dataDir = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'tooldock-run-')) : resolve(options.dataDir)
  const clear = async (): Promise<void> => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
  }
  try {
    await linkFolder(dataDir, namespace, folder)
    const config = configOf(options, dataDir)
    const app = await createApp(config, new Map(), STDERR)
    const close = async (): Promise<void> => {
      await app.close()
      await clear()
    }
    try {
      await app.start()
      const api = createApi({ url: app.started().url, token: config.bearerToken, tokenFrom: 'of this run' })
      // Waits for the first publication, and says what is wrong with it.
      await api.post(apiPath`/api/reload/${namespace}`)
      return { namespace, api, close }
    } catch (error) {
      await close()
      throw error
    }
  } catch (error) {
    await clear()
    throw error
  }
}

/** `My Tools` becomes `my-tools`. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, NAME_CHARS_MAX)
  return namespaceNameFault(name) === undefined ? name : `folder-${name}`.replace(/-$/, '')
}

/** The folder itself is read, not a copy: what its files import beside them is found. */
async function linkFolder(dataDir: string, namespace: string, folder: string): Promise<void> {
  const tools = join(dataDir, 'tools')
  // Of another folder, when the data directory was used before.
  await rm(tools, { recursive: true, force: true })
  await mkdir(tools, { recursive: true })
  await symlink(folder, join(tools, namespace))
}

function configOf({ env, acceptPermissions }: PrivateGatewayOptions, dataDir: string): Config {
  const rows: readonly SettingRow<unknown>[] = Object.values(SETTINGS)
  const foreign = new Set(rows.filter(({ group }) => FOREIGN_GROUPS.has(group)).flatMap((row) => [row.env, ...(row.aliases ?? []), ...fileNamesOf(row)]))
  return loadConfig(
    {
      ...Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.has(name))),
      DATA_DIR: dataDir,
      ADMIN_PORT: '0',
      BEARER_TOKEN: randomBytes(32).toString('base64url'),
      LOG_LEVEL: env.LOG_LEVEL || 'warn',
      [SETTINGS.ownNamespaceEnabled.env]: 'false',
      ...(acceptPermissions ? { ACCEPT_PERMISSIONS: 'true' } : {}),
    },
    dataDir,
  )
}
