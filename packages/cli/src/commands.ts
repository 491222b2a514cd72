import type { Command } from './command.ts'
import { backup } from './commands/backup.ts'
import { restore } from './commands/restore.ts'

/** Every command, in the order in which the help names them. */
export const COMMANDS: readonly Command[] = [backup, restore]
