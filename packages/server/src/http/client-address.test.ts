import type { FastifyRequest } from 'fastify'
import { expect, it } from 'vitest'
import { createClientAddress } from './client-address.ts'

const request = (peer: string, forwardedFor?: string) =>
  ({ raw: { socket: { remoteAddress: peer }, headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor } } }) as unknown as FastifyRequest

it.each([
  ['nobody is trusted', [], '10.0.0.1', '203.0.113.9', '10.0.0.1'],
  ['the peer is no proxy', ['10.0.0.0/8'], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['one proxy', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['what a client made up is before what the proxy added', ['10.0.0.0/8'], '10.0.0.1', '1.2.3.4, 203.0.113.9', '203.0.113.9'],
  ['several proxies', ['10.0.0.0/8', '192.0.2.7'], '::ffff:10.0.0.1', '203.0.113.9, 192.0.2.7', '203.0.113.9'],
  ['the proxy itself calls', ['10.0.0.0/8'], '10.0.0.1', undefined, '10.0.0.1'],
])('the address of a client when %s', (_, trustProxy, peer, forwardedFor, expected) => {
  expect(createClientAddress({ trustProxy })(request(peer, forwardedFor))).toBe(expected)
})
