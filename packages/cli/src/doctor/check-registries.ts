import type { Config } from '@tooldock/server/config/settings'
import { ToolDockError } from '@tooldock/server/errors/tooldock-error'
import { createGetJson } from '@tooldock/server/servers/get-json'
import type { Finding } from './finding.ts'

const area = 'registries'

/** Do those answer that servers are searched in and installed from? What is installed runs without them. */
export async function checkRegistries(config: Config): Promise<Finding[]> {
  const getJson = createGetJson(config)
  const ask = async (name: string, url: string, env: string, headers = {}): Promise<Finding> => {
    try {
      await getJson.get(url, headers)
      return { area, state: 'ok', message: `${name} answers (${new URL(url).host}).` }
    } catch (error) {
      if (!(error instanceof ToolDockError)) throw error
      return {
        area,
        state: 'warning',
        message: error.message,
        advice: `Without it nothing new is found or installed: check ${env}, HTTPS_PROXY and NO_PROXY, or leave this out with --offline.`,
      }
    }
  }
  try {
    return await Promise.all([
      ask('The registry of MCP servers', `${config.registryUrl}/v0.1/servers?limit=1`, 'REGISTRY_URL'),
      ask('The npm registry', `${config.npmRegistry}/-/ping`, 'NPM_REGISTRY', authorization(config.npmRegistryToken)),
    ])
  } finally {
    getJson.close()
  }
}

const authorization = (token: string | undefined): Record<string, string> => (token === undefined ? {} : { authorization: `Bearer ${token}` })
