import { ToolDockError } from '../../errors/tooldock-error.ts'
import { MODULES, TSCONFIG } from '../folder.ts'

/** Printable and plain: no separator of another system, no drive, nothing that a loader would pass over. */
const PART = /^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,99}$/
const PARTS_MAX = 8
const LENGTH_MAX = 255

/** Why a file of a namespace cannot be called so; undefined: it can. */
function fileNameFault(path: string): string | undefined {
  if (path === '') return 'it is empty'
  if (path.length > LENGTH_MAX) return `it is longer than ${LENGTH_MAX} characters`
  if (path.includes('\0')) return 'it holds a NUL character'
  if (path.startsWith('/')) return 'it is absolute'
  const parts = path.split('/')
  if (parts.length > PARTS_MAX) return `it has more than ${PARTS_MAX} parts`
  if (parts.some((part) => part === '..' || part === '.')) return 'it has a "." or ".."'
  if (parts.some((part) => part.startsWith('.'))) return 'files and folders that begin with "." are not part of a namespace'
  if (parts.includes(MODULES)) return `what is in ${MODULES} is installed, not written`
  if (path === TSCONFIG) return `${TSCONFIG} is for editors alone and not part of a namespace`
  if (!parts.every((part) => PART.test(part))) return 'it holds something other than letters, digits, ".", "_", "-", "@" and "+"'
  return undefined
}

/** The check before a new name becomes a path. @throws {ToolDockError} `invalid_params` with what is wrong */
export function assertFileName(path: string): void {
  const fault = fileNameFault(path)
  if (fault !== undefined) throw new ToolDockError('invalid_params', `"${path.slice(0, 80)}" cannot be the name of a file: ${fault}.`)
}
