import { createDebianPackages } from './debian-packages.ts'
import { postgresBinFolder } from './skips.ts'

/** Vitest's global setup: once per run, before any test file. */
export function setup(): void {
  const { ensureDebianPackage } = createDebianPackages((line) => console.log(`[test bootstrap] ${line}`))
  ensureDebianPackage('postgresql', () => postgresBinFolder() !== undefined)
}
