import { randomBytes } from 'node:crypto'
import { chmod, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import { writeFileAtomic } from '../kernel/write-file-atomic.ts'
import type { DataDir } from './data-dir.ts'

const TOKEN_BYTES = 32

export interface LoadedToken {
  readonly token: string
  /** The file that holds it; undefined: it came from `BEARER_TOKEN`. */
  readonly path: string | undefined
}

/** `BEARER_TOKEN`, or what `DATA_DIR/token` holds; the file is made when there is none and is always private. */
export async function loadToken({ bearerToken }: Pick<Config, 'bearerToken'>, dataDir: Pick<DataDir, 'path'>, log: Logger): Promise<LoadedToken> {
  if (bearerToken !== undefined) return { token: bearerToken, path: undefined }
  const path = join(dataDir.path, 'token')
  const kept = await readToken(path)
  if (kept !== undefined) {
    await makePrivate(path, log)
    return { token: kept, path }
  }
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  await writeFileAtomic(path, `${token}\n`, 0o600)
  return { token, path }
}

/** An empty file holds no token. */
async function readToken(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function makePrivate(path: string, log: Logger): Promise<void> {
  const mode = (await stat(path)).mode & 0o777
  if ((mode & 0o077) === 0) return
  await chmod(path, 0o600)
  log.warn({ path, mode: mode.toString(8) }, 'the token file could be read by others; its mode is 600 now, replace the token if somebody may have seen it')
}
