import { existsSync } from 'node:fs'
import { extname, join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { Context, Options } from './command.ts'
import { CommandError } from './command-error.ts'

const PACKAGES = join(import.meta.dirname, '../..')
/** In a checkout the sources themselves run, and their compiled form is kept. */
const isCheckout = extname(import.meta.filename) === '.ts'

/** Settings that are given most often. */
export const START_OPTIONS = {
  port: { type: 'string', short: 'p', value: '<port>', doc: 'The port, instead of ADMIN_PORT.' },
  host: { type: 'string', value: '<address>', doc: 'The address to listen on, instead of HOST.' },
  'data-dir': { type: 'string', value: '<folder>', doc: 'Where everything is kept, instead of DATA_DIR.' },
} as const satisfies Options

export interface GatewayProcess {
  readonly nodeArgs?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** Folders whose change begins the gateway of a checkout anew. */
export const SOURCE_DIRS: readonly string[] = isCheckout ? ['server', 'worker', 'sdk'].map((name) => join(PACKAGES, name, 'src')) : []

/**
 * Becomes the gateway: the process keeps its id, so that signals and supervisors reach it. The inspector stays shut, which
 * tools could otherwise open by a signal.
 */
export function becomeGateway({ options, env, cwd }: Context<typeof START_OPTIONS>, { nodeArgs = [], env: more = {} }: GatewayProcess = {}): never {
  if (process.execve === undefined || !isMainThread) throw new CommandError(`On ${process.platform} the gateway cannot be started here: use WSL or Docker.`)
  const compileCache = join(PACKAGES, '../node_modules/.cache/compile')
  const args = [process.execPath, '--disable-sigusr1', ...nodeArgs, join(PACKAGES, `server/src/main${extname(import.meta.filename)}`)]
  process.chdir(cwd)
  return process.execve(process.execPath, args, {
    ...(isCheckout && existsSync(compileCache) ? { NODE_COMPILE_CACHE: compileCache } : {}),
    ...strings(env),
    ...strings(more),
    ...(options.port === undefined ? {} : { ADMIN_PORT: options.port }),
    ...(options.host === undefined ? {} : { HOST: options.host }),
    ...(options['data-dir'] === undefined ? {} : { DATA_DIR: options['data-dir'] }),
  })
}

const strings = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
