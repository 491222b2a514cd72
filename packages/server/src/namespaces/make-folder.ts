import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errorCode } from './folder.ts'

/** Makes the folder `dir` with these files, by path; all of it appears at once. False: there is something of this name. */
export async function makeFilled(dir: string, files: ReadonlyMap<string, Buffer>): Promise<boolean> {
  // A name that is no namespace; what a crash leaves of it the next start removes.
  const temporary = join(dirname(dir), `.new-${basename(dir)}-${randomBytes(4).toString('hex')}`)
  try {
    await mkdir(temporary)
    for (const [path, content] of files) {
      await mkdir(dirname(join(temporary, path)), { recursive: true })
      await writeFile(join(temporary, path), content, { flush: true })
    }
    // A rename would replace an empty folder, or a link to one.
    if ((await stat(dir).catch(() => undefined)) !== undefined) return false
    await rename(temporary, dir)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errorCode(error) ?? '')) return false
    throw error
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
