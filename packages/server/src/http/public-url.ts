import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../config/settings.ts'

export type ProxyConfig = Pick<Config, 'publicUrl' | 'trustProxy' | 'sslCertPath'>

/** The URL of this server as the caller of a request reaches it, without a slash at its end. */
export type PublicBaseUrl = (request: FastifyRequest) => string

/** What {@link createProxiedBaseUrl} finds, else the request's own Host. */
export function createPublicBaseUrl(config: ProxyConfig): PublicBaseUrl {
  const proxied = createProxiedBaseUrl(config)
  const scheme = schemeOf(config)
  return (request) => proxied(request) ?? `${scheme}://${usableHost(request.headers.host) ?? 'localhost'}`
}

/**
 * `publicUrl` when configured; else what `X-Forwarded-Proto`, `-Host` and `-Prefix` say, when the peer is a trusted
 * proxy and sent one of them; else undefined: the caller reached us directly.
 */
export function createProxiedBaseUrl(config: ProxyConfig): (request: FastifyRequest) => string | undefined {
  const fixed = config.publicUrl?.replace(/\/+$/, '')
  const trusted = trustedPeers(config.trustProxy)
  const scheme = schemeOf(config)
  return (request) => {
    if (fixed !== undefined) return fixed
    if (!trusted(request.raw.socket.remoteAddress)) return undefined
    const proto = firstValue(request.headers['x-forwarded-proto'])
    const forwardedHost = usableHost(firstValue(request.headers['x-forwarded-host']))
    const prefix = usablePrefix(firstValue(request.headers['x-forwarded-prefix']))
    if (proto === undefined && forwardedHost === undefined && prefix === '') return undefined
    const host = forwardedHost ?? usableHost(request.headers.host) ?? 'localhost'
    return `${proto === undefined ? scheme : proto === 'https' ? 'https' : 'http'}://${host}${prefix}`
  }
}

/** With a certificate every listener speaks TLS. */
function schemeOf({ sslCertPath }: Pick<ProxyConfig, 'sslCertPath'>): 'http' | 'https' {
  return sslCertPath === undefined ? 'http' : 'https'
}

/** Is this address one of the ranges? */
export function trustedPeers(ranges: readonly string[]): (address: string | undefined) => boolean {
  if (ranges.length === 0) return () => false
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => {
    // A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d.
    const bare = address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? ''
    const family = isIP(bare)
    return family !== 0 && list.check(bare, family === 6 ? 'ipv6' : 'ipv4')
  }
}

/** The value of the proxy nearest to the client, which comes first. */
function firstValue(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header
  return text?.split(',')[0]?.trim()
}

function usableHost(host: string | undefined): string | undefined {
  return host !== undefined && /^[A-Za-z0-9.:[\]_-]{1,255}$/.test(host) ? host : undefined
}

function usablePrefix(prefix: string | undefined): string {
  return prefix !== undefined && /^(\/[A-Za-z0-9._~-]+)+\/?$/.test(prefix) ? prefix.replace(/\/$/, '') : ''
}
