import { expect, it } from 'vitest'
import type { Server } from '../../api/generated/types.gen.ts'
import { newPair, parsePairs } from '../../ui/pairs.ts'
import { draftErrors, EMPTY_DRAFT, toCreate, toDraft, toPatch } from './server-draft.ts'

const SERVER = {
  namespace: 'weather',
  config: {
    kind: 'npm',
    package: 'weather',
    version: '1.0.0',
    args: ['--units', 'metric'],
    env: { LEVEL: 'high', API_KEY: `\${secret:API_KEY}`, TOKEN: '********' },
    sharing: 'shared',
    restart: 'on-failure',
    start: true,
    idleStop: 0,
    maxRssMb: 512,
  },
} as unknown as Server

it('creates a server of the members of its kind alone, with secrets beside it', () => {
  const env = [newPair({ name: 'LEVEL', value: 'low' }), newPair({ name: 'API_KEY', value: 'abc', secret: true }), newPair()]
  const draft = { ...EMPTY_DRAFT, namespace: 'weather', package: ' weather ', url: 'left over', args: '--units\n\n metric ', env, maxRssMb: '300' }
  expect(toCreate(draft)).toEqual({
    body: {
      kind: 'npm',
      package: 'weather',
      args: ['--units', 'metric'],
      namespace: 'weather',
      env: { LEVEL: 'low', API_KEY: `\${secret:API_KEY}` },
      start: true,
      sharing: 'shared',
      restart: 'on-failure',
      idleStop: 0,
      maxRssMb: 300,
    },
    secrets: [{ name: 'API_KEY', value: 'abc' }],
  })
})

it('changes nothing when nothing was changed, and otherwise only that', () => {
  const before = toDraft(SERVER)
  expect(toPatch(before, before)).toEqual({ body: {}, secrets: [] })
  const env = before.env.filter(({ name }) => name !== 'LEVEL').map((pair) => (pair.name === 'API_KEY' ? { ...pair, value: 'new' } : pair))
  expect(toPatch(before, { ...before, args: '--units', version: '', maxRssMb: '', sharing: 'per-session', env })).toEqual({
    body: { args: ['--units'], version: null, maxRssMb: null, sharing: 'per-session', env: { API_KEY: `\${secret:API_KEY}`, LEVEL: null } },
    secrets: [{ name: 'API_KEY', value: 'new' }],
  })
})

it('says what is wrong before it is sent', () => {
  expect(draftErrors({ ...EMPTY_DRAFT, namespace: 'a__b', idleStop: 'soon', env: [newPair({ name: 'lower', value: '1' })] })).toEqual({
    namespace: expect.any(String),
    package: 'Needed.',
    idleStop: 'A number.',
    env: expect.any(String),
  })
})

it('reads the lines of an .env file, and nothing else', () => {
  expect(parsePairs('# mine\nexport API_KEY="a b"\nLEVEL=high\n').map(({ name, value, secret }) => [name, value, secret])).toEqual([
    ['API_KEY', 'a b', true],
    ['LEVEL', 'high', false],
  ])
  expect(parsePairs('just words')).toEqual([])
})
