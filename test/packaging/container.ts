import { spawnSync } from 'node:child_process'
import { type Gateway, startGateway } from '../system/gateway.ts'
import type { Command } from './dockerfile.ts'
import type { Image } from './image.ts'

/** As the user of the image, without any capability or a way to new ones: what docker-compose.prod.yml asks for. */
const confined = (command: Command): Command => [
  ...(['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'] as const),
  ...command,
]

/** Starts what the image starts. The port is a free one of this machine, and its own address alone is listened on. @throws when it is not ready in time */
export function startContainer({ command, dataDir, env }: Image): Promise<Gateway> {
  return startGateway({ command: confined(command), dataDir, env: { ...env, HOST: '127.0.0.1', NODE_COMPILE_CACHE: undefined } })
}

/** The exit code of the image's health check, run beside the gateway as an engine runs it. */
export function checkHealth({ healthCheck, env }: Image, { port }: Gateway): number | null {
  const [program, ...args] = confined(healthCheck)
  return spawnSync(program, args, { env: { ...env, ADMIN_PORT: String(port) } }).status
}
