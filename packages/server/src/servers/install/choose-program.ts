import { installFailed } from './install-error.ts'

/** The program that a package is run by: the one that was asked for, the one of its own name, or the only one. @throws {ToolDockError} `install_failed` */
export function chooseProgram(packageName: string, names: readonly string[], wanted: string | undefined): string {
  const own = packageName.replace(/^@[^/]+\//, '').replace(/\[.*$/, '')
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted
    throw installFailed(`${packageName} has no program "${wanted}"${names.length > 0 ? `; it has ${names.join(', ')}` : ''}.`)
  }
  if (names.includes(own)) return own
  const [only] = names
  if (names.length === 1 && only !== undefined) return only
  if (only === undefined) throw installFailed(`${packageName} has no program to run: it is a library.`)
  throw installFailed(`${packageName} has several programs; say which in "bin": ${names.join(', ')}.`)
}
