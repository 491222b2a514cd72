import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isLoopbackHost } from '@tooldock/server/config/load-config'
import type { Config } from '@tooldock/server/config/settings'
import type { ApiOptions } from './api.ts'
import { UsageError } from './command-error.ts'

/** Whose words count, first to last: `--url`, `TOOLDOCK_URL`, the settings of this folder. */
export interface GatewayWish {
  /** `--url` */
  readonly url: string | undefined
  readonly env: NodeJS.ProcessEnv
  /** Not asked when `url` and `TOOLDOCK_TOKEN` say everything. */
  readonly loadConfig: () => Config
}

/**
 * Where the gateway is and what opens it. The token of this data directory is only ever shown to this machine.
 * @throws {UsageError} for an address that is none @throws {ConfigError}
 */
export async function findGateway({ url, env, loadConfig }: GatewayWish): Promise<ApiOptions> {
  const given = url ?? (env.TOOLDOCK_URL || undefined)
  if (given !== undefined && !/^https?:\/\/[^/]/.test(given)) throw new UsageError(`"${given}" is not an http:// or https:// address.`)
  const token = env.TOOLDOCK_TOKEN || undefined
  const trusted = await readCertificate(env.SSL_CERT_PATH)
  if (given !== undefined && token !== undefined) return { url: given, token, tokenFrom: 'of TOOLDOCK_TOKEN', ...trusted }
  const config = loadConfig()
  const address = given ?? ownUrl(config)
  return { url: address, ...trusted, ...(token === undefined ? await ownToken(config, address) : { token, tokenFrom: 'of TOOLDOCK_TOKEN' }) }
}

/** Where a gateway with these settings listens, seen from this machine. */
function ownUrl({ host, port, sslCertPath }: Pick<Config, 'host' | 'port' | 'sslCertPath'>): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  return `${sslCertPath === undefined ? 'http' : 'https'}://${name}:${port}`
}

/** With TLS the gateway's certificate is trusted, which nobody else may have signed. */
async function readCertificate(path: string | undefined): Promise<Pick<ApiOptions, 'certificate'>> {
  const certificate = path ? await readIfThere(path) : undefined
  return certificate === undefined || !isCertificate(certificate) ? {} : { certificate }
}

/** What is none is not for this command to complain of: the gateway does not start with it, and the doctor says why. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    // Then it is none, which is the answer.
    return false
  }
}

async function ownToken(config: Config, url: string): Promise<Pick<ApiOptions, 'token' | 'tokenFrom'>> {
  if (config.bearerToken !== undefined) return { token: config.bearerToken, tokenFrom: 'of BEARER_TOKEN' }
  const path = join(config.dataDir, 'token')
  const isHere = isLoopbackHost(new URL(url).hostname) || url === ownUrl(config) || url === config.publicUrl
  return { token: isHere ? await readIfThere(path) : undefined, tokenFrom: `of ${path}` }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}
