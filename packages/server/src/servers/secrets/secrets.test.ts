import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { openStore } from '../../store/open-store.ts'
import type { Store } from '../../store/store.ts'
import { createSecretForms } from './output-scrubber.ts'
import { loadSecretKey } from './secret-key.ts'
import { createSecrets, type Secrets } from './secrets.ts'

const log = pino({ level: 'silent' })
let dataDir: string
let store: Store
let logged: string[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tooldock-secrets-'))
  await mkdir(join(dataDir, 'db'))
  store = await openStore({ dataDir, databaseUrl: undefined, databasePoolMax: 1, databaseTimeoutMs: 8000, storeQueueMax: 100 }, log)
  logged = []
})
afterEach(async () => {
  await store.close()
  await rm(dataDir, { recursive: true })
})

const KEY = randomBytes(32)
const create = (key = KEY, secretsMax = 10): Secrets =>
  createSecrets({ store: store.secrets, key, config: { secretsMax, secretBytesMax: 1000 }, addSecret: (value) => logged.push(value), log })
const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error) => (error instanceof ToolDockError ? error.code : String(error)),
  )

it('a value is write-only: lists give name, scope and when it was set', async () => {
  const secrets = create()
  await secrets.set({ name: 'TOKEN', value: 'value-of-token' })
  await secrets.set({ name: 'TOKEN', namespace: 'one', value: 'value-of-one' })
  const listed = await secrets.list()
  expect(listed).toEqual([
    { name: 'TOKEN', setAt: expect.any(String) },
    { name: 'TOKEN', namespace: 'one', setAt: expect.any(String) },
  ])
  expect(logged).toEqual(['value-of-token', 'value-of-one'])
})

it('a value is encrypted at rest, differently each time, in every file of the database', async () => {
  const secrets = create()
  await secrets.set({ name: 'A', value: 'the-plain-value' })
  await secrets.set({ name: 'B', value: 'the-plain-value' })
  await store.close()
  for (const name of await readdir(join(dataDir, 'db'))) expect((await readFile(join(dataDir, 'db', name))).includes('the-plain-value')).toBe(false)
  const database = new DatabaseSync(join(dataDir, 'db/tooldock.db'))
  const sealed = database.prepare('select sealed from secrets').all()
  database.close()
  expect(new Set(sealed.map((row) => row.sealed)).size).toBe(2)
})

it('resolves references: the secret of the namespace before the global one, and none of another namespace', async () => {
  const secrets = create()
  await secrets.set({ name: 'TOKEN', value: 'global' })
  await secrets.set({ name: 'TOKEN', namespace: 'one', value: 'own-$&-value' })
  await secrets.set({ name: 'ONLY_ONE', namespace: 'one', value: 'private' })
  expect(await secrets.resolve('one', 'a ${secret:TOKEN} b ${secret:ONLY_ONE} ${OTHER} $secret:TOKEN')).toBe('a own-$&-value b private ${OTHER} $secret:TOKEN')
  expect(await secrets.resolve('two', '${secret:TOKEN}')).toBe('global')
  expect(await secrets.resolveAll('one', { A: '${secret:ONLY_ONE}', B: 'plain' })).toEqual({ A: 'private', B: 'plain' })
  await expect(secrets.resolve('two', '${secret:ONLY_ONE} ${secret:NONE}')).rejects.toMatchObject({
    code: 'secret_unavailable',
    message: expect.stringMatching(/ONLY_ONE.*NONE/),
  })
})

it('a value is not resolved again: a secret cannot refer to another', async () => {
  const secrets = create()
  await secrets.set({ name: 'INNER', value: 'inner-value' })
  await secrets.set({ name: 'OUTER', namespace: 'one', value: '${secret:INNER}' })
  expect(await secrets.resolve('one', '${secret:OUTER}')).toBe('${secret:INNER}')
})

it('another key, or a row copied to another name, opens nothing and says so', async () => {
  await create().set({ name: 'A', value: 'first-value' })
  const other = create(randomBytes(32))
  expect(await other.load()).toMatchObject([{ name: 'A' }])
  expect(await codeOf(other.resolve('one', '${secret:A}'))).toBe('secret_unavailable')
  const [row] = await store.secrets.list()
  if (row === undefined) throw new Error('no row')
  await store.secrets.set({ ...row, name: 'COPY' }, 10)
  expect(await codeOf(create().resolve('one', '${secret:COPY}'))).toBe('secret_unavailable')
})

it('loads all values at the start, so that logs and output hide them', async () => {
  await create().set({ name: 'A', value: 'first-value' })
  logged = []
  const secrets = create()
  expect(await secrets.load()).toEqual([])
  expect(logged).toEqual(['first-value'])
  expect(secrets.scrub('is first-value here')).toBe('is [redacted] here')
})

it('refuses names and values that cannot be used, and more than SECRETS_MAX', async () => {
  const secrets = create(KEY, 1)
  for (const name of ['', 'a-b', '1A', 'A\n', 'x'.repeat(129), 'A}'])
    expect(await codeOf(secrets.set({ name, value: 'long enough' })), name).toBe('invalid_params')
  for (const value of ['', 'abc', 'x'.repeat(1001), 'with\0nul']) expect(await codeOf(secrets.set({ name: 'A', value }))).toBe('invalid_params')
  await secrets.set({ name: 'A', value: 'first' })
  await secrets.set({ name: 'A', value: 'replaced' })
  expect(await codeOf(secrets.set({ name: 'B', value: 'second' }))).toBe('conflict')
  await secrets.remove('A')
  expect(await codeOf(secrets.remove('A'))).toBe('not_found')
  expect(await secrets.list()).toEqual([])
})

it('the key is made once, private, and never replaced by a broken one', async () => {
  const first = await loadSecretKey({ secretKey: undefined }, { path: dataDir }, log)
  expect(await loadSecretKey({ secretKey: undefined }, { path: dataDir }, log)).toEqual(first)
  const path = join(dataDir, 'secret.key')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await chmod(path, 0o644)
  await loadSecretKey({ secretKey: undefined }, { path: dataDir }, log)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await loadSecretKey({ secretKey: KEY }, { path: dataDir }, log)).toEqual(KEY)
  await writeFile(path, 'broken')
  await expect(loadSecretKey({ secretKey: undefined }, { path: dataDir }, log)).rejects.toThrow(/secret\.key/)
})

it('hides secrets in output wherever chunks are cut, in each spelling, and changes no other byte', () => {
  const forms = createSecretForms()
  forms.add('pa ss/wörd')
  forms.add('pa ss')
  const text = Buffer.concat([
    Buffer.from(`a pa ss/wörd b ${encodeURIComponent('pa ss/wörd')} ${Buffer.from('pa ss/wörd').toString('base64')} pa s\n`),
    Buffer.from([0, 255, 254, 10]),
  ])
  const whole = createSecretForms()
  expect(whole.createScrubber().scrub(text).equals(text)).toBe(true)
  for (let cut = 0; cut <= text.length; cut++) {
    const scrubber = forms.createScrubber()
    const out = Buffer.concat([scrubber.scrub(text.subarray(0, cut)), scrubber.scrub(text.subarray(cut)), scrubber.end()])
    expect(out.includes(Buffer.from('wörd')), `cut at ${cut}`).toBe(false)
    expect(out.includes(Buffer.from('pa ss'))).toBe(false)
    expect(out.subarray(out.length - 4)).toEqual(Buffer.from([0, 255, 254, 10]))
  }
})
