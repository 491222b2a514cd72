import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The folder where scripts/build-runtime.ts has put the worker program without its types, when it is of the sources as
 * they are now; else undefined, and workers strip them at each start.
 * @param root of the installation
 */
export function findStrippedRuntime(root: string): string | undefined {
  const folder = join(root, 'node_modules/.cache/runtime')
  const list = join(folder, 'sources.json')
  if (!existsSync(list)) return undefined
  const hashes = JSON.parse(readFileSync(list, 'utf8')) as Record<string, string>
  const isSame = ([file, hash]: [string, string]) =>
    existsSync(join(root, file)) &&
    createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('hex') === hash
  return Object.entries(hashes).every(isSame) ? folder : undefined
}
