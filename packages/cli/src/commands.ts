import type { Command } from './command.ts'
import { backup } from './commands/backup.ts'
import { call } from './commands/call.ts'
import { dev } from './commands/dev.ts'
import { doctor } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { createKey, listKeys, revokeKey } from './commands/keys.ts'
import { list } from './commands/list.ts'
import { migrate } from './commands/migrate.ts'
import { acceptPermissions, refusePermissions, showPermissions } from './commands/permissions.ts'
import { reload } from './commands/reload.ts'
import { restore } from './commands/restore.ts'
import { run } from './commands/run.ts'
import { listServers, removeServer, restartServer, showServerLogs, startServer, stopServer, upgradeServer } from './commands/servers.ts'
import { addServer } from './commands/servers-add.ts'
import { start } from './commands/start.ts'

/** Every command, in the order in which the help names them. */
export const COMMANDS: readonly Command[] = [
  ...[start, dev, run, doctor],
  ...[list, call],
  reload,
  ...[listServers, addServer, startServer, stopServer, restartServer, upgradeServer, showServerLogs, removeServer],
  ...[showPermissions, acceptPermissions, refusePermissions],
  ...[listKeys, createKey, revokeKey],
  ...[importCommand, exportCommand],
  ...[backup, restore, migrate],
]
