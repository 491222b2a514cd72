import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Brings the Debian packages that tests need. One instance per run, so that `apt-get update` happens at most once. */
export function createDebianPackages(log: (line: string) => void) {
  let listsUpdated = false

  function aptGet(...args: string[]): boolean {
    const env = { PATH: process.env.PATH, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
    const { status, stderr } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
    if (status !== 0) log(`apt-get ${args.join(' ')} failed: ${stderr.trim().split('\n').at(-1)}`)
    return status === 0
  }

  return {
    /**
     * Installs `name` when `probe` says that it is missing, as root on Debian; elsewhere it says which command would.
     * @returns whether it is there now.
     */
    ensureDebianPackage(name: string, probe: () => boolean): boolean {
      if (probe()) return true
      if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
        log(`${name} is missing; tests that need it are skipped. To enable them: sudo apt-get install ${name}`)
        return false
      }
      log(`installing ${name} (apt-get) …`)
      // A failed update is no reason to stop: the lists of the image may do.
      if (!listsUpdated) aptGet('update', '-q')
      listsUpdated = true
      return aptGet('install', '-q', '-y', '--no-install-recommends', name) && probe()
    },
  }
}
