import { readFileSync, statSync } from 'node:fs'

/** Far more than any secret has; what is larger was named by mistake. */
const SECRET_FILE_BYTES_MAX = 64 * 1024

/**
 * A secret as a file holds it, without the line break that editors and `echo` leave at its end.
 * @throws {Error} whose message goes after the name of the setting
 */
export function readSecretFile(path: string): string {
  const text = read(path).replace(/\r?\n$/, '')
  if (text === '') throw new Error(`names ${path}, which is empty`)
  return text
}

function read(path: string): string {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) throw new Error('it is not a file')
    if (stats.size > SECRET_FILE_BYTES_MAX) throw new Error(`it has more than ${SECRET_FILE_BYTES_MAX} bytes`)
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(`names ${path}, which cannot be read: ${code === 'ENOENT' ? 'there is no such file' : (code ?? message)}`, { cause: error })
  }
}
