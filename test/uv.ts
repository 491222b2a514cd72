import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where the tests keep their own uv; the machine's is left alone. */
const VENV = join(import.meta.dirname, '../node_modules/.cache/tooldock-test/uv')
export const UV_FOLDER = join(VENV, 'bin')

export function hasUv(): boolean {
  return existsSync(join(UV_FOLDER, 'uv'))
}

/** Installs uv by pip, once for this checkout. Without Python or without its index, tests that need it are skipped loudly. */
export function ensureUv(log: (line: string) => void): void {
  if (hasUv()) return
  log('installing uv (pip) …')
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', VENV]],
    [join(UV_FOLDER, 'pip'), ['install', '--quiet', '--only-binary', ':all:', 'uv']],
  ]
  for (const [command, args] of steps) {
    const { status, stderr, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
    if (status === 0) continue
    log(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim().split('\n').at(-1)}`)
    return
  }
}
