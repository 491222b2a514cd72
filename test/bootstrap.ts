import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createDebianPackages } from './debian-packages.ts'
import { chromiumProgram, fakeTimeLibrary, postgresBinFolder } from './skips.ts'
import { ensureUv, hasUv } from './uv.ts'

/** Vitest's global setup: once per run, before any test file. */
export function setup(): void {
  const log = (line: string): void => console.log(`[test bootstrap] ${line}`)
  const { ensureDebianPackage } = createDebianPackages(log)
  ensureDebianPackage('postgresql', () => postgresBinFolder() !== undefined)
  ensureDebianPackage('chromium', () => chromiumProgram() !== undefined)
  ensureDebianPackage('nginx-light', () => existsSync('/usr/sbin/nginx'))
  ensureDebianPackage('systemd', () => existsSync('/usr/bin/systemd-analyze'))
  ensureDebianPackage('gettext-base', () => existsSync('/usr/bin/envsubst'))
  ensureDebianPackage('prometheus', () => existsSync('/usr/bin/promtool'))
  ensureDebianPackage('faketime', () => fakeTimeLibrary() !== undefined)
  // Debian keeps what `python3 -m venv` needs in a package of its own.
  if (!hasUv()) ensureDebianPackage('python3-venv', () => spawnSync('python3', ['-c', 'import ensurepip']).status === 0)
  ensureUv(log)
}
