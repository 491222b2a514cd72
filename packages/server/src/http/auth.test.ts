import { expect, test } from 'vitest'
import { createAuthenticator, createOwnAuthenticator } from './auth.ts'

const authenticate = createAuthenticator('s3cret-token', () => undefined)

test('the token is known, whatever the case of the scheme', () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) expect(authenticate(`${scheme} s3cret-token`)).not.toBeNull()
})

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Basic s3cret-token',
  's3cret-token',
  'Bearer s3cret-toke',
  'Bearer s3cret-token1',
  'Bearer S3cret-token',
  `Bearer ${'x'.repeat(5000)}`,
])('%s is nobody', (authorization) => {
  expect(authenticate(authorization)).toBeNull()
  // What an earlier caller presented leaves nothing behind.
  expect(authenticate('Bearer s3cret-token')).not.toBeNull()
  expect(authenticate('Bearer s3')).toBeNull()
})

test('a token of other letters than ASCII is known by the bytes that arrive', () => {
  const arrived = Buffer.from('schlüssel', 'utf8').toString('latin1')
  expect(createAuthenticator('schlüssel', () => undefined)(`Bearer ${arrived}`)).not.toBeNull()
})

test('knows a credential of its own from its own address alone', () => {
  const lender = { kind: 'key', id: 'key-1', name: 'ci', role: 'caller', sees: undefined } as const
  const own = createOwnAuthenticator((token) => (token === 'lent' ? lender : undefined))
  for (const remoteAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1'])
    expect(own('Bearer lent', { remoteAddress, localAddress: '10.0.0.1' })).toBe(lender)
  for (const remoteAddress of ['10.0.0.2', '128.0.0.1', '::ffff:10.0.0.2', '', undefined])
    expect(own('Bearer lent', { remoteAddress, localAddress: '10.0.0.1' })).toBeNull()
  expect(own('Bearer other', { remoteAddress: '127.0.0.1' })).toBeNull()
  expect(own(undefined, { remoteAddress: '127.0.0.1' })).toBeNull()
})
