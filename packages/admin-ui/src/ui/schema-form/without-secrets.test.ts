import { expect, it } from 'vitest'
import { withoutSecrets } from './without-secrets.ts'

it('leaves secrets out wherever they are, and nothing else', () => {
  const account = { type: 'object', properties: { user: { type: 'string' }, password: { type: 'string', format: 'password' } } }
  const schema = {
    type: 'object',
    properties: {
      accounts: { type: 'array', items: { $ref: '#/$defs/account' } },
      key: { type: ['string', 'null'], writeOnly: true },
      login: { oneOf: [{ type: 'object', properties: { kind: { const: 'open' } }, required: ['kind'] }, { allOf: [account, { required: ['user'] }] }] },
    },
    $defs: { account },
  }
  const value = { accounts: [{ user: 'a', password: 'p1', more: 1 }], key: 'p2', login: { user: 'b', password: 'p3' }, unknown: true }
  expect(withoutSecrets(schema, value)).toEqual({ accounts: [{ user: 'a', more: 1 }], login: { user: 'b' }, unknown: true })
})
