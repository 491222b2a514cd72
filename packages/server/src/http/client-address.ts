import type { FastifyRequest } from 'fastify'
import { type ProxyConfig, trustedPeers } from './public-url.ts'

/** The address of whoever sent a request; never empty. */
export type ClientAddress = (request: FastifyRequest) => string

/** Behind trusted proxies, the last address of `X-Forwarded-For` that none of them has: what is before it may be made up. */
export function createClientAddress({ trustProxy }: Pick<ProxyConfig, 'trustProxy'>): ClientAddress {
  const isTrusted = trustedPeers(trustProxy)
  return ({ raw }) => {
    const peer = raw.socket.remoteAddress ?? 'gone'
    if (!isTrusted(peer)) return peer
    const forwarded = [raw.headers['x-forwarded-for'] ?? []].flat().flatMap((header) => header.split(','))
    const client = forwarded.map((address) => address.trim()).findLast((address) => address !== '' && !isTrusted(address))
    return client?.slice(0, ADDRESS_CHARS_MAX) ?? peer
  }
}

/** The longest address there is, with a zone. */
const ADDRESS_CHARS_MAX = 64
