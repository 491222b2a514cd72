import { cp, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { MODULES } from './folder.ts'

/** Copies the example namespaces into an empty tools directory, each one whole or not at all. Answers their names. */
export async function seedExamples(examplesDir: string, toolsDir: string): Promise<readonly string[]> {
  if ((await readdir(toolsDir)).length > 0) return []
  const seeded: string[] = []
  for (const entry of await readdir(examplesDir, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue
    const temporary = join(toolsDir, `.tmp-${entry.name}`)
    await rm(temporary, { recursive: true, force: true })
    await cp(join(examplesDir, entry.name), temporary, {
      recursive: true,
      filter: (source) => basename(source) !== MODULES,
    })
    await rename(temporary, join(toolsDir, entry.name))
    seeded.push(entry.name)
  }
  return seeded
}
