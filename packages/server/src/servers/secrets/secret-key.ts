import { randomBytes } from 'node:crypto'
import { chmod, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../../config/settings.ts'
import { StartError } from '../../kernel/start-error.ts'
import { writeFileAtomic } from '../../kernel/write-file-atomic.ts'

const KEY_BYTES = 32

/**
 * `TOOLDOCK_SECRET_KEY`, or what `DATA_DIR/secret.key` holds; the file is made when there is none and is always private.
 * @throws {StartError} the file holds something else: a new key would make every secret unreadable, so none is made.
 */
export async function loadSecretKey({ secretKey }: Pick<Config, 'secretKey'>, dataDir: { readonly path: string }, log: Pick<Logger, 'warn'>): Promise<Buffer> {
  if (secretKey !== undefined) return secretKey
  const path = join(dataDir.path, 'secret.key')
  const text = await readKey(path)
  if (text === undefined) {
    const key = randomBytes(KEY_BYTES)
    await writeFileAtomic(path, `${key.toString('base64')}\n`, 0o600)
    return key
  }
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== KEY_BYTES)
    throw new StartError(`${path} does not hold a key of ${KEY_BYTES} bytes in base64: restore it, or move it away and set every secret again`)
  const mode = (await stat(path)).mode & 0o777
  if ((mode & 0o077) !== 0) {
    await chmod(path, 0o600)
    log.warn({ path, mode: mode.toString(8) }, 'the file of the secret key could be read by others; its mode is 600 now')
  }
  return key
}

async function readKey(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
