import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Processes } from '../../process/processes.ts'
import type { Programs } from '../safety/programs.ts'
import { watchFolderBytes } from './folder-size.ts'
import { createStepRunner, type InstallConfig, type InstallContext } from './install-context.ts'
import { installFailed } from './install-error.ts'
import type { ProgressLines } from './progress-lines.ts'

const HOME = '.install-home'

export interface InstallFolderDeps {
  readonly processes: Pick<Processes, 'spawn'>
  readonly programs: Programs
  readonly config: InstallConfig
  /** Interpreters that uv downloads, for all servers. */
  readonly pythonsDir: string
}

/**
 * Runs `work` in the folder `dir`, which is made, within the bounds of time and size; the folder is gone afterwards unless `work`
 * moved it.
 * @throws {ToolDockError} `install_failed` beyond a bound, the reason of `cancelled`, what `work` throws
 */
export async function inInstallFolder<T>(
  { processes, programs, config, pythonsDir }: InstallFolderDeps,
  dir: string,
  cancelled: AbortSignal,
  progress: ProgressLines,
  work: (context: InstallContext) => Promise<T>,
): Promise<T> {
  const bounds = new AbortController()
  const exceeded = (message: string): void => bounds.abort(installFailed(message))
  const timer = setTimeout(
    () => exceeded(`The installation took longer than ${config.installTimeoutSeconds} s (INSTALL_TIMEOUT_SECONDS).`),
    config.installTimeoutSeconds * 1000,
  )
  const signal = AbortSignal.any([cancelled, bounds.signal])
  const tooLarge = `The installation is larger than ${config.installBytesMax} bytes (INSTALL_BYTES_MAX).`
  let unwatch: (() => void) | undefined
  try {
    signal.throwIfAborted()
    const homeDir = join(dir, HOME)
    await mkdir(homeDir, { recursive: true })
    unwatch = watchFolderBytes(dir, config.installBytesMax, () => exceeded(tooLarge))
    const run = createStepRunner(processes, dir, progress, signal)
    return await work({ dir, homeDir, pythonsDir, config, programs, say: progress.say, run })
  } finally {
    clearTimeout(timer)
    unwatch?.()
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Hides what the settings of installations hold, beside what `scrub` hides. */
export function createInstallScrub(config: InstallConfig, scrub: (text: string) => string): (text: string) => string {
  const own = [config.npmRegistryToken, ...[config.pypiIndexUrl, config.httpProxy, config.httpsProxy].map(passwordOf)].filter(
    (secret) => secret !== undefined && secret !== '',
  )
  return (text) => own.reduce<string>((line, secret) => line.replaceAll(secret ?? '', '[redacted]'), scrub(text))
}

function passwordOf(url: string | undefined): string | undefined {
  return url === undefined || !URL.canParse(url) ? undefined : decodeURIComponent(new URL(url).password)
}
