import type { Context, ExitCode } from '../command.ts'
import { CommandError } from '../command-error.ts'

/** `tooldock import --from-v1 <dir>`: servers and metadata of the Python ToolDock, and a report of what cannot come along. */
export async function importFromV1(_context: Context, _dir: string): Promise<ExitCode | undefined> {
  throw new CommandError('import --from-v1 is not built yet.')
}
