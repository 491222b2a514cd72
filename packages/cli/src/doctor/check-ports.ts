import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from '@tooldock/server/config/settings'
import type { Finding } from './finding.ts'

const area = 'ports'

/** Could a gateway that is started now listen where it is to? */
export async function checkPorts({ host, port, openapiPort, mcpPort, webPort }: Config): Promise<Finding[]> {
  const wanted = Object.entries({ ADMIN_PORT: port, OPENAPI_PORT: openapiPort, MCP_PORT: mcpPort, WEB_PORT: webPort })
  const findings: Finding[] = []
  for (const [env, number] of wanted) if (number !== undefined && number !== 0) findings.push(await checkPort(env, host, number))
  return findings
}

async function checkPort(env: string, host: string, port: number): Promise<Finding> {
  const server = createServer()
  try {
    server.listen({ host, port })
    await once(server, 'listening')
    return { area, state: 'ok', message: `${host}:${port} is free (${env}).` }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      return {
        area,
        state: 'error',
        message: `${host}:${port} is used by another program, which is no ToolDock that answers here.`,
        advice: `Stop it (ss -ltnp "sport = :${port}" names it), or set ${env} to another port.`,
      }
    if (code === 'EACCES')
      return { area, state: 'error', message: `${host}:${port} may not be opened by this user.`, advice: `Set ${env} to a port above 1023.` }
    return { area, state: 'error', message: `${host}:${port} cannot be opened (${code}).`, advice: `Check HOST and ${env}.` }
  } finally {
    server.close()
  }
}
