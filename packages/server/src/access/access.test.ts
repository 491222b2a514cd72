import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canSee } from '../kernel/principal.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import type { KeyAccess, KeyChange } from './api-key.types.ts'
import { KEY_ACCESS } from './key-access.ts'
import { type Access, openAccess } from './open-access.ts'

const CALLER: KeyAccess = { role: 'caller', namespaces: null, tools: null, rateLimit: null, expiresAt: null }
const MINUTE_MS = 60_000
const log = pino({ level: 'silent' })

let folder: string
let store: Store
let access: Access
let nowMs: number

const open = (token = 'root') => openAccess({ config: { apiKeysMax: 3, signInMinutes: 60, signInsMax: 2 }, store, token, log, now: () => nowMs })
const reopen = async (token?: string) => {
  await access.close()
  access = await open(token)
}
const at = (minutes: number): string => new Date(nowMs + minutes * MINUTE_MS).toISOString()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tooldock-access-'))
  await mkdir(join(folder, 'db'))
  store = await openStore({ dataDir: folder, databaseUrl: undefined, databasePoolMax: 1, databaseTimeoutMs: 8000, storeQueueMax: 100 }, log)
  nowMs = Date.parse('2026-01-01T00:00:00Z')
  access = await open()
})
afterEach(async () => {
  await access.close()
  await store.close()
  await rm(folder, { recursive: true })
})

describe('a key', () => {
  it('is shown once, kept as a hash only, and known after a restart', async () => {
    const { key, secret } = await access.keys.create('ci', CALLER, 'token')
    expect(secret).toMatch(/^td_[A-Za-z0-9_-]{43}$/)
    expect(secret.startsWith(key.prefix)).toBe(true)
    expect(key).toMatchObject({ name: 'ci', role: 'caller', state: 'active', lastUsedAt: null, createdBy: 'token' })
    expect(JSON.stringify([access.keys.list(), await store.apiKeys.list()])).not.toContain(secret)
    await reopen()
    expect(access.keys.find(secret)).toMatchObject({ kind: 'key', id: key.id, name: 'ci', role: 'caller', sees: { namespaces: null, tools: null } })
    for (const wrong of ['', 'td_', `${secret}x`, secret.slice(0, -1), secret.toLowerCase()]) expect(access.keys.find(wrong)).toBeUndefined()
  })

  it('is worth nothing once it was revoked, and says so to whoever listens', async () => {
    const changes: KeyChange[] = []
    const ended: string[] = []
    access.keys.subscribe((change) => changes.push(change))
    access.onEnd((id) => ended.push(id))
    const { key, secret } = await access.keys.create('ci', CALLER, 'token')
    await access.keys.update(key.id, { name: 'renamed' })
    expect(ended).toEqual([])
    await access.keys.update(key.id, { role: 'author' })
    await access.keys.remove(key.id)
    expect(access.keys.find(secret)).toBeUndefined()
    expect(changes.map(({ change }) => change)).toEqual(['created', 'updated', 'updated', 'removed'])
    expect(ended).toEqual([key.id, key.id])
    await expect(access.keys.remove(key.id)).rejects.toMatchObject({ code: 'not_found' })
    await reopen()
    expect(access.keys.find(secret)).toBeUndefined()
  })

  it('expires, ends what is open for it, and lives again with a later date', async () => {
    const ended: string[] = []
    access.onEnd((id) => ended.push(id))
    const { key, secret } = await access.keys.create('ci', { ...CALLER, expiresAt: at(10) }, 'token')
    expect(access.keys.find(secret)).toBeDefined()
    nowMs += 10 * MINUTE_MS
    expect(access.keys.find(secret)).toBeUndefined()
    await expect.poll(() => ended, { timeout: 10_000 }).toEqual([key.id])
    expect(access.keys.get(key.id).state).toBe('expired')
    await expect(access.keys.update(key.id, { expiresAt: at(-1) })).rejects.toMatchObject({ code: 'invalid_params' })
    await access.keys.update(key.id, { expiresAt: null })
    expect(access.keys.find(secret)).toBeDefined()
  })

  it('remembers when it was used, without a query for each use', async () => {
    const { key, secret } = await access.keys.create('ci', CALLER, 'token')
    for (let use = 0; use < 100; use++) access.keys.find(secret)
    expect(access.keys.get(key.id).lastUsedAt).toBe(at(0))
    expect((await store.apiKeys.list())[0]?.lastUsedAt).toBeNull()
    await reopen()
    expect(access.keys.get(key.id).lastUsedAt).toBe(at(0))
  })

  it('sees what it names and nothing else; those that see the same share what is made for them', async () => {
    const some = { ...CALLER, namespaces: ['a', 'b'], tools: ['a__x', 'a__y__z'] }
    const { key } = await access.keys.create('one', some, 'token')
    const other = await access.keys.create('two', { ...some, namespaces: ['b', 'a'] }, 'token')
    const principal = access.keys.principalOf(key.id)
    expect(access.keys.principalOf(other.key.id)?.sees).toBe(principal?.sees)
    const sees = (namespace: string, tool?: string) => principal !== undefined && canSee(principal, namespace, tool)
    expect([sees('a'), sees('a', 'x'), sees('a', 'y__z'), sees('a', 'y'), sees('b'), sees('c')]).toEqual([true, true, true, false, false, false])
  })

  it('names a tool of any namespace and of any name; what could be two tools is refused', async () => {
    const { key } = await access.keys.create('exact', { ...CALLER, tools: ['a_/b', 'a/_c', 'a/d/e', 'a__f/g'] }, 'token')
    const principal = access.keys.principalOf(key.id)
    const sees = (namespace: string, tool: string) => principal !== undefined && canSee(principal, namespace, tool)
    expect([sees('a_', 'b'), sees('a', '_c'), sees('a', 'd/e'), sees('a', 'f/g')]).toEqual([true, true, true, true])
    expect([sees('a', '_b'), sees('a_', 'c'), sees('a', 'd')]).toEqual([false, false, false])
    for (const unclear of ['a___b', 'a', 'a/', 'A/b', 'a__']) expect(KEY_ACCESS.safeParse({ ...CALLER, tools: [unclear] }).success, unclear).toBe(false)
  })

  it.each([
    ['an administrator that does not see everything', { role: 'admin', namespaces: ['a'] }],
    ['an author that sees a part of a namespace', { role: 'author', tools: ['a__x'] }],
    ['a tool of a namespace it does not see', { namespaces: ['a'], tools: ['b__x'] }],
    ['an end in the past', { expiresAt: '2020-01-01T00:00:00Z' }],
  ] as const)('is refused with %s', async (_, given) => {
    await expect(access.keys.create('ci', { ...CALLER, ...given }, 'token')).rejects.toMatchObject({ code: 'invalid_params' })
    expect(access.keys.list()).toEqual([])
  })

  it('is refused when as many as allowed are kept', async () => {
    for (const name of ['a', 'b', 'c']) await access.keys.create(name, CALLER, 'token')
    await expect(access.keys.create('d', CALLER, 'token')).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('a browser that is signed in', () => {
  const root = { kind: 'token', id: 'token', name: 'token', role: 'admin', sees: undefined } as const

  it('stays so over a restart, is kept as a hash only, and is over with its time', async () => {
    const { cookie, signIn } = await access.signIns.begin(root)
    expect(JSON.stringify(await store.signIns.list())).not.toContain(cookie)
    await reopen()
    expect(access.signIns.find(cookie)).toEqual(signIn)
    expect(access.signIns.find(`${cookie}x`)).toBeUndefined()
    nowMs += 60 * MINUTE_MS
    expect(access.signIns.find(cookie)).toBeUndefined()
  })

  it('is signed out by another token of the administrator, by a sign-out, and by the end of its key', async () => {
    const { cookie, signIn } = await access.signIns.begin(root)
    await reopen('another')
    expect(access.signIns.find(cookie)).toBeUndefined()
    await reopen()
    expect(access.signIns.find(cookie)).toBeDefined()
    const ended: string[] = []
    access.onEnd((id) => ended.push(id))
    await access.signIns.end(signIn.id)
    expect([access.signIns.find(cookie), ended]).toEqual([undefined, [signIn.id]])

    const { key } = await access.keys.create('person', CALLER, 'token')
    const byKey = await access.signIns.begin(access.keys.principalOf(key.id) ?? root)
    expect(access.signIns.find(byKey.cookie)?.principal.id).toBe(key.id)
    await access.keys.remove(key.id)
    expect(access.signIns.find(byKey.cookie)).toBeUndefined()
  })

  it('gives way when more sign in than allowed', async () => {
    const cookies: string[] = []
    for (let browser = 0; browser < 3; browser++) cookies.push((await access.signIns.begin(root)).cookie)
    expect(cookies.map((cookie) => access.signIns.find(cookie) !== undefined)).toEqual([false, true, true])
    expect(await store.signIns.list()).toHaveLength(2)
  })
})

it('a link signs in once, within five minutes', () => {
  const [used, old, unknown] = [access.codes.create(), access.codes.create(), 'no-such-code']
  expect([access.codes.redeem(used), access.codes.redeem(used), access.codes.redeem(unknown)]).toEqual([true, false, false])
  nowMs += 5 * MINUTE_MS
  expect(access.codes.redeem(old)).toBe(false)
})
