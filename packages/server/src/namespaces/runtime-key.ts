import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { collectFiles, hashFiles } from './folder.ts'

/** A runtime is tens of files; this only keeps a wrong path from being read without end. */
const FILES_MAX = 10_000

/** Answers, once computed, a hash over the source of the tool runtime: another runtime may list the same folder differently. */
export function createRuntimeKey(dirs: readonly string[]): () => Promise<string> {
  let key: Promise<string> | undefined
  return () => (key ??= hashDirs(dirs))
}

async function hashDirs(dirs: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const dir of dirs) hash.update(await hashFiles((await collectFiles(await realpath(dir), FILES_MAX)).files))
  return hash.digest('hex')
}
