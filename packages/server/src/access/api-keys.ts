import { hash, randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { BoundedQueue } from '../kernel/bounded-queue.ts'
import type { Principal } from '../kernel/principal.ts'
import type { ApiKeyRecord, ApiKeyStore } from '../store/store.ts'
import type { ApiKey, ApiKeys, KeyAccess, KeyChange } from './api-key.types.ts'
import { checkKeyAccess, KEY_ACCESS } from './key-access.ts'
import { createKeyUses } from './key-uses.ts'
import { createVisibilities } from './visibilities.ts'

/** Enough that nobody guesses one, so that a plain hash of it needs neither salt nor slowness: there is no dictionary of such. */
const SECRET_BYTES = 32
const SECRET_START = 'td_'
/** `td_` and 36 bits; the 220 that are not shown are still beyond guessing. */
const PREFIX_CHARS = SECRET_START.length + 6
const ID_BYTES = 8
/** How soon an expired key ends what is open for it. */
const EXPIRY_CHECK_MS = 1000
const CHANGES_PENDING_MAX = 100
const CHANGE_WAIT_MS = 30_000

export interface ApiKeysDeps {
  readonly store: ApiKeyStore
  readonly config: Pick<Config, 'apiKeysMax'>
  readonly log: Logger
  /** Milliseconds since 1970. */
  readonly now: () => number
}

interface Held {
  readonly record: ApiKeyRecord
  readonly access: KeyAccess
  readonly principal: Principal
  readonly expiresMs: number
  expired: boolean
}

/** Reads the keys of the database. @throws store_unavailable */
export async function openApiKeys({ store, config, log, now }: ApiKeysDeps): Promise<ApiKeys> {
  const byId = new Map<string, Held>()
  const byHash = new Map<string, Held>()
  const listeners = new Set<(change: KeyChange) => void>()
  const visibilities = createVisibilities()
  const uses = createKeyUses(store, log)
  const changes = new BoundedQueue({
    concurrency: 1,
    pendingMax: CHANGES_PENDING_MAX,
    waitMs: CHANGE_WAIT_MS,
    refusal: () => new ToolDockError('conflict', 'Too many changes of keys wait already: try again.'),
  })

  const hold = (record: ApiKeyRecord, access: KeyAccess): Held => {
    const { id, name } = record
    const sees = visibilities.of(access)
    const principal: Principal = { kind: 'key', id, name, role: access.role, sees, ...(access.rateLimit === null ? {} : { rateLimit: access.rateLimit }) }
    const expiresMs = access.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(access.expiresAt)
    const held: Held = { record, access, principal, expiresMs, expired: expiresMs <= now() }
    byId.set(id, held)
    byHash.set(record.hash, held)
    return held
  }
  const tell = (change: KeyChange): void => {
    for (const listener of listeners) listener(change)
  }
  const required = (id: string): Held => {
    const held = byId.get(id)
    if (held === undefined) throw new ToolDockError('not_found', 'There is no key of this id.')
    return held
  }
  const isValid = (held: Held): boolean => held.expiresMs > now()

  const show = ({ record, access, expiresMs }: Held): ApiKey => ({
    id: record.id,
    name: record.name,
    prefix: record.prefix,
    state: expiresMs > now() ? 'active' : 'expired',
    ...access,
    lastUsedAt: uses.lastUsed(record.id) ?? record.lastUsedAt,
    createdAt: record.createdAt,
    createdBy: record.createdBy,
  })

  for (const record of await store.list()) {
    const access = KEY_ACCESS.safeParse(record.access)
    if (access.success) hold(record, access.data)
    else log.warn({ key: record.id }, 'a stored API key cannot be read and opens nothing: make another')
  }

  const expire = (): void => {
    for (const held of byId.values()) {
      if (held.expired || isValid(held)) continue
      held.expired = true
      tell({ id: held.record.id, change: 'expired', ends: true })
    }
  }
  const timer = setInterval(expire, EXPIRY_CHECK_MS)
  timer.unref()

  return {
    list: () => [...byId.values()].map(show),
    get: (id) => show(required(id)),
    seenBy: (id) => required(id).principal.sees,
    create: (name, access, createdBy) =>
      changes.run(async () => {
        checkKeyAccess(access, now())
        const secret = SECRET_START + randomBytes(SECRET_BYTES).toString('base64url')
        const record: ApiKeyRecord = {
          id: `key-${randomBytes(ID_BYTES).toString('hex')}`,
          name,
          prefix: secret.slice(0, PREFIX_CHARS),
          hash: digest(secret),
          access,
          lastUsedAt: null,
          createdAt: new Date(now()).toISOString(),
          createdBy,
        }
        if (!(await store.add(record, config.apiKeysMax))) throw new ToolDockError('conflict', `As many keys as API_KEYS_MAX (${config.apiKeysMax}) are kept.`)
        const key = show(hold(record, access))
        tell({ id: record.id, change: 'created', ends: false })
        return { key, secret }
      }),
    update: (id, { name, ...patch }) =>
      changes.run(async () => {
        const { record, access: before } = required(id)
        const access: KeyAccess = { ...before, ...patch }
        // An expired key can be renamed, and lives again with a later date.
        checkKeyAccess(access, patch.expiresAt === undefined ? Number.NEGATIVE_INFINITY : now())
        const changed: ApiKeyRecord = { ...record, name: name ?? record.name, access }
        await store.set(changed)
        const held = hold(changed, access)
        visibilities.keep([...byId.values()].map(({ principal }) => principal.sees))
        tell({ id, change: 'updated', ends: JSON.stringify(access) !== JSON.stringify(before) })
        return show(held)
      }),
    remove: (id) =>
      changes.run(async () => {
        const { record } = required(id)
        await store.remove(id)
        byId.delete(id)
        byHash.delete(record.hash)
        uses.forget(id)
        visibilities.keep([...byId.values()].map(({ principal }) => principal.sees))
        tell({ id, change: 'removed', ends: true })
      }),
    find(secret) {
      // Where in the map a hash is looked for says nothing of the key: who could choose hashes could find keys.
      const held = secret.startsWith(SECRET_START) ? byHash.get(digest(secret)) : undefined
      if (held === undefined) return undefined
      const nowMs = now()
      if (held.expiresMs <= nowMs) return undefined
      uses.note(held.record.id, nowMs)
      return held.principal
    },
    principalOf(id) {
      const held = byId.get(id)
      if (held === undefined || !isValid(held)) return undefined
      uses.note(id, now())
      return held.principal
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      clearInterval(timer)
      await changes.close()
      await uses.close()
    },
  }
}

const digest = (secret: string): string => hash('sha256', secret, 'base64url')
