import { stat } from 'node:fs/promises'

/** Is there something at `path`? @throws when that cannot be told */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
