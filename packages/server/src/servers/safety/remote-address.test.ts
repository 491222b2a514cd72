import type { LookupAddress, lookup } from 'node:dns'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { addressFault, checkRemoteUrl, createCheckedLookup, remoteUrlFault } from './remote-address.ts'

/** A resolver whose answers are these, one after the other; the last stays. */
function resolver(...answers: string[][]): typeof lookup {
  const answer = (_host: string, _options: object, callback: (error: null, addresses: LookupAddress[]) => void): void => {
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? []
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return answer as unknown as typeof lookup
}

it.each([
  ...[
    '169.254.169.254',
    '169.254.170.2',
    '0.0.0.0',
    '100.100.100.200',
    '168.63.129.16',
    '224.0.0.1',
    '255.255.255.255',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    '::',
  ],
  ...['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1', '::169.254.169.254'],
])('%s is refused always', (address) => {
  expect(addressFault(address, true)).toBeTypeOf('string')
})

it.each([
  '127.0.0.1',
  '127.9.9.9',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '::1',
  'fc00::1',
  'fd12::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
])('%s is refused when UPSTREAM_ALLOW_PRIVATE is false, and allowed by default', (address) => {
  expect(addressFault(address, false)).toContain('private')
  expect(addressFault(address, true)).toBeUndefined()
})

it.each(['1.1.1.1', '172.32.0.1', '192.169.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])('%s is allowed', (address) => {
  expect(addressFault(address, false)).toBeUndefined()
})

it.each([
  ...[
    'file:///etc/passwd',
    'ftp://host/',
    'not a url',
    'http://user:word@host/',
    'http://169.254.169.254/latest',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://0251.0376.0251.0376/',
  ],
  ...['http://[::ffff:169.254.169.254]/', 'http://metadata.google.internal/', 'http://METADATA.google.internal./', 'javascript:alert(1)', 'http://[fe80::1]/'],
])('the URL %s is refused always', (url) => {
  expect(remoteUrlFault(url, true)).toBeTypeOf('string')
})

it('loopback by name and by odd numbers is refused when private addresses are', () => {
  for (const url of ['http://localhost/', 'http://a.localhost:1/', 'http://127.1/', 'http://0x7f.1/', 'http://[::1]:80/']) {
    expect(remoteUrlFault(url, false), url).toBeTypeOf('string')
    expect(remoteUrlFault(url, true), url).toBeUndefined()
  }
})

it('a name is judged by every address it resolves to', async () => {
  expect(await checkRemoteUrl('https://one.example/', true, resolver(['1.1.1.1']))).toBeUndefined()
  expect(await checkRemoteUrl('https://one.example/', true, resolver(['1.1.1.1', '169.254.169.254']))).toContain('one.example')
  expect(await checkRemoteUrl('https://one.example/', false, resolver(['10.0.0.1']))).toContain('private')
})

it('what was checked is what is connected to: a name that changes its address is refused at the connection', async () => {
  const server = createServer((_, response) => response.end('reached')).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const rebinding = resolver(['1.1.1.1'], ['127.0.0.1'])
  const get = (allowPrivate: boolean): Promise<string> =>
    new Promise((resolve) => {
      const sent = request({ host: 'rebinding.example', port, lookup: createCheckedLookup(allowPrivate, rebinding), agent: false }, (response) =>
        response.on('data', (chunk: Buffer) => resolve(chunk.toString())),
      )
      sent.on('error', (error) => resolve(error.message))
      sent.end()
    })
  try {
    expect(await checkRemoteUrl('http://rebinding.example/', false, rebinding)).toBeUndefined()
    expect(await get(false)).toContain('private')
    expect(await get(true)).toBe('reached')
  } finally {
    server.close()
  }
})
