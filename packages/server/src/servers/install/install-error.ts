import { ToolDockError } from '../../errors/tooldock-error.ts'

/** `message` is a whole sentence for the person who installs; `lines` are the last ones of the output. */
export function installFailed(message: string, lines?: readonly string[]): ToolDockError {
  return new ToolDockError('install_failed', message, lines === undefined || lines.length === 0 ? undefined : { lines })
}
