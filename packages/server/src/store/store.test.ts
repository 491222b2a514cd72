import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Postgres, startPostgres } from '../../../../test/postgres.ts'
import { requireOrSkip } from '../../../../test/skips.ts'
import { testPairs } from '../../test/tls-pairs.ts'
import { claimDatabase } from './claim-database.ts'
import { type DatabaseConfig, openDatabase } from './database.ts'
import { openStore } from './open-store.ts'
import type { GenerationRecord, Store } from './store.ts'

const log = pino({ level: 'silent' })
let dataDir: string
const closing: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tooldock-store-'))
  await mkdir(join(dataDir, 'db'))
})

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await rm(dataDir, { recursive: true })
})

const configOf = (databaseUrl: string | undefined, change: Partial<DatabaseConfig> = {}): DatabaseConfig => ({
  dataDir,
  databaseUrl,
  databasePoolMax: 4,
  databaseTimeoutMs: 5000,
  storeQueueMax: 1000,
  ...change,
})

async function open(config: DatabaseConfig): Promise<Store> {
  const store = await openStore(config, log)
  closing.push(() => store.close())
  return store
}

const generation = (namespace: string, id: string, createdAt = '2026-01-01T00:00:00.000Z'): GenerationRecord => ({
  namespace,
  id,
  createdAt,
  filesHash: `hash-${id}`,
  dependenciesId: null,
  manifest: { description: 'it\'s "quoted" – 中', env: { A: '1' }, limits: {}, permissions: ['write'], keepWarm: false },
  catalogue: { tools: [], resources: [], resourceTemplates: [], prompts: [], completions: false },
  catalogueKey: 'key',
})

const backends = [
  { kind: 'sqlite' as const, skip: false },
  { kind: 'postgres' as const, skip: requireOrSkip('postgresql').skip === true },
]

describe.each(backends.filter((backend) => !backend.skip))('store on $kind', ({ kind }) => {
  let server: Postgres | undefined
  let databaseUrl: string | undefined

  beforeAll(async () => {
    if (kind === 'postgres') server = await startPostgres()
  })
  afterAll(() => server?.stop())

  beforeEach(async () => {
    databaseUrl = server && (await createDatabase(server))
  })

  test('migrates an empty database once, and again when it is opened the second time nothing changes', async () => {
    const first = await openStore(configOf(databaseUrl), log)
    expect(first.kind).toBe(kind)
    await first.namespaces.ensure('kept')
    await first.close()
    const second = await open(configOf(databaseUrl))
    expect((await second.namespaces.list()).map((namespace) => namespace.name)).toEqual(['kept'])
    await second.ping()
    expect(second.pending).toBe(0)
  })

  test('keeps namespaces', async () => {
    const { namespaces } = await open(configOf(databaseUrl))
    expect(await namespaces.find('a')).toBeUndefined()
    const made = await namespaces.ensure('a')
    expect(made).toMatchObject({ name: 'a', kind: 'native', published: null, permissions: [] })
    expect(await namespaces.ensure('a')).toEqual(made)
    await namespaces.setPermissions('a', ['write', 'addons'])
    expect((await namespaces.find('a'))?.permissions).toEqual(['addons', 'write'])
    await expect(namespaces.setPermissions('missing', [])).rejects.toMatchObject({ code: 'namespace_not_found' })
    await namespaces.remove('a')
    expect(await namespaces.list()).toEqual([])
  })

  test('publishes generations, goes back to one, and removes what is not published', async () => {
    const { namespaces, generations } = await open(configOf(databaseUrl))
    const [one, two, other] = [generation('a', 'g1', '2026-01-01T00:00:00.000Z'), generation('a', 'g2', '2026-01-02T00:00:00.000Z'), generation('b', 'g1')]
    for (const each of [one, two, other]) await generations.publish(each)
    expect(await generations.list('a')).toEqual([two, one])
    expect(await generations.listPublished()).toEqual([two, other])
    await generations.setPublished('a', 'g1')
    expect((await namespaces.find('a'))?.published).toBe('g1')
    await expect(generations.setPublished('a', 'nope')).rejects.toMatchObject({ code: 'generation_not_found' })
    const catalogue = { ...one.catalogue, completions: true }
    await generations.updateCatalogue('a', 'g1', catalogue, 'new key')
    expect(await generations.find('a', 'g1')).toEqual({ ...one, catalogue, catalogueKey: 'new key' })
    await generations.remove('a', ['g1', 'g2'])
    expect((await generations.list('a')).map(({ id }) => id)).toEqual(['g1'])
    await generations.remove('a', [])
    await namespaces.remove('a')
    expect(await generations.list('a')).toEqual([])
    expect(await generations.listPublished()).toEqual([other])
  })

  test('a publication that fails half way changes nothing', async () => {
    const { namespaces, generations } = await open(configOf(databaseUrl))
    await generations.publish(generation('a', 'g1'))
    await generations.publish(generation('a', 'g2'))
    // The update of the namespace comes first and works, the insertion of a known id fails.
    await expect(generations.publish(generation('a', 'g1'))).rejects.toThrow()
    expect((await namespaces.find('a'))?.published).toBe('g2')
    expect(await generations.list('a')).toHaveLength(2)
  })

  test('what throws inside a transaction leaves every row as it was, and the connection usable', async () => {
    const database = await openDatabase(configOf(databaseUrl, { databasePoolMax: 1 }), log)
    closing.push(() => database.close())
    await database.run((db) => db.insertInto('signing_keys').values({ purpose: 'p', key: 'before', created_at: '' }).execute())
    const injected = new Error('injected')
    await expect(
      database.transact(async (transaction) => {
        await transaction.updateTable('signing_keys').set({ key: 'after' }).execute()
        throw injected
      }),
    ).rejects.toBe(injected)
    expect(await database.run((db) => db.selectFrom('signing_keys').select('key').execute())).toEqual([{ key: 'before' }])
    await database.transact((transaction) => transaction.updateTable('signing_keys').set({ key: 'after' }).execute())
    expect(await database.run((db) => db.selectFrom('signing_keys').select('key').execute())).toEqual([{ key: 'after' }])
  })

  test('makes a signing key once, also when many ask at once and from two gateways', async () => {
    const [left, right] = [await open(configOf(databaseUrl)), await open(configOf(databaseUrl))]
    const keys = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? left : right).signingKeys.loadOrCreate('state')))
    expect(keys[0]).toHaveLength(32)
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
    expect((await left.signingKeys.loadOrCreate('sessions')).equals(keys[0] as Buffer)).toBe(false)
  })

  test('two gateways that start at once on an empty database both come up', async () => {
    const stores = await Promise.all([open(configOf(databaseUrl)), open(configOf(databaseUrl))])
    await Promise.all(stores.map((store) => store.ping()))
  })

  test('four processes that start at once on an empty database migrate it once, and all come up', { timeout: 120_000 }, async () => {
    const module = JSON.stringify(new URL('./open-store.ts', import.meta.url).href)
    const script = `void (async () => { const { openStore } = await import(${module})
      const store = await openStore(${JSON.stringify(configOf(databaseUrl, { databaseTimeoutMs: 60_000 }))}, { debug() {}, warn() {} })
      await store.namespaces.ensure('n' + process.argv[1])
      await store.close() })()`
    const children = Array.from({ length: 4 }, (_, index) => spawn(process.execPath, ['-e', script, String(index)], { stdio: ['ignore', 'ignore', 'inherit'] }))
    expect(await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))).toEqual([0, 0, 0, 0])
    const store = await open(configOf(databaseUrl))
    expect((await store.namespaces.list()).map(({ name }) => name)).toEqual(['n0', 'n1', 'n2', 'n3'])
  })

  test('a second gateway on the same database is refused in one line; when the first ends, it may', async () => {
    const config = configOf(databaseUrl ?? `sqlite:///${sqliteFile()}`, { databaseTimeoutMs: 500 })
    const first = await claimDatabase(config, () => undefined)
    await expect(claimDatabase(config, () => undefined)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(/^The database [^\n]+ is used by another ToolDock \((process \d+|from [^\n]+)\): stop it, [^\n]+$/),
    })
    await first.close()
    await (await claimDatabase(config, () => undefined)).close()
  })

  test('more requests than STORE_QUEUE_MAX are refused at once and the others answered', async () => {
    const store = await open(configOf(databaseUrl, { storeQueueMax: 10 }))
    const results = await Promise.allSettled(Array.from({ length: 25 }, () => store.namespaces.list()))
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(10)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('STORE_QUEUE_MAX') })
    expect(store.pending).toBe(0)
  })

  test('a closed store refuses what waits and what comes', async () => {
    const store = await openStore(configOf(databaseUrl, { databasePoolMax: 1 }), log)
    const asked = [store.ping(), store.ping()]
    const settled = Promise.allSettled(asked)
    await store.close()
    expect((await settled).map((result) => result.status)).toEqual(['fulfilled', 'rejected'])
    await expect(store.ping()).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  test('leaves no connection and no file open when it is closed', async () => {
    const store = await openStore(configOf(databaseUrl), log)
    await Promise.all([store.ping(), store.ping(), store.namespaces.ensure('a')])
    await store.close()
    if (databaseUrl === undefined) {
      // SQLite deletes the log when the last connection is closed.
      expect(await readdir(join(dataDir, 'db'))).toEqual(['tooldock.db'])
      return
    }
    const connections = "select count(*)::int as open from pg_stat_activity where application_name = 'tooldock' and datname = current_database()"
    await expect.poll(() => execute(databaseUrl, connections)).toEqual([{ open: 0 }])
  })

  test('a database of v1 is refused with the command that imports it', async () => {
    await execute(databaseUrl, 'create table external_fastmcp_servers (id integer)')
    const before = kind === 'sqlite' ? await readFile(sqliteFile()) : undefined
    await expect(openStore(configOf(databaseUrl), log)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('tooldock import --from-v1'),
    })
    if (before) expect((await readFile(sqliteFile())).equals(before)).toBe(true)
    else
      expect(await execute(databaseUrl, 'select tablename as name from pg_tables where schemaname = current_schema()')).toEqual([
        { name: 'external_fastmcp_servers' },
      ])
  })

  test('a database of a newer ToolDock is refused', async () => {
    await (await openStore(configOf(databaseUrl), log)).close()
    await execute(databaseUrl, "insert into tooldock_migrations (name, timestamp) values ('999-future', '2030')")
    await expect(openStore(configOf(databaseUrl), log)).rejects.toThrow(/newer ToolDock.*999-future/)
  })
})

describe('SQLite in its thread', () => {
  test('the file is private and in WAL mode', async () => {
    await (await open(configOf(undefined))).namespaces.ensure('a')
    expect((await stat(sqliteFile())).mode & 0o777).toBe(0o600)
    expect((await stat(`${sqliteFile()}-wal`)).mode & 0o777).toBe(0o600)
  })

  test('while another process holds the file locked the store waits, the event loop does not, and then all succeed', async () => {
    const store = await open(configOf(undefined))
    const holder = await lockExclusively(sqliteFile())
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const requests = Array.from({ length: 50 }, (_, index) => store.namespaces.ensure(`n${index}`))
    const held = await Promise.race([Promise.all(requests).then(() => 'answered'), holder.heldFor(2000)])
    expect(held).toBe('held')
    expect(store.pending).toBe(50)
    delay.disable()
    // Bound: the promise is that the loop is never blocked; a busy machine adds its own delays.
    expect(delay.max / 1e6).toBeLessThan(500)
    expect(delay.percentile(99) / 1e6).toBeLessThan(50)
    await holder.release()
    expect(await Promise.all(requests)).toHaveLength(50)
  })

  test('a lock that lasts longer than DATABASE_TIMEOUT_MS ends in store_unavailable, and later requests work', async () => {
    const store = await open(configOf(undefined, { databaseTimeoutMs: 300 }))
    const holder = await lockExclusively(sqliteFile())
    const results = await Promise.allSettled([store.namespaces.ensure('a'), store.namespaces.ensure('b'), store.ping()])
    expect(results).toMatchObject(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: { code: 'store_unavailable' } })))
    await holder.release()
    await store.namespaces.ensure('a')
  })

  test('a locked file at the start ends in one line', async () => {
    await (await openStore(configOf(undefined), log)).close()
    const holder = await lockExclusively(sqliteFile())
    await expect(openStore(configOf(undefined, { databaseTimeoutMs: 300 }), log)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(/^The database .*tooldock\.db cannot be used: [^\n]*locked$/),
    })
    await holder.release()
  })

  test('a path that cannot be opened, and a file that is no database, end in one line', async () => {
    await expect(openStore(configOf(`sqlite:///${dataDir}/missing/x.db`), log)).rejects.toThrow(/^The database .*missing\/x\.db cannot be used: [^\n]+$/)
    await expect(openStore(configOf(`sqlite:///${import.meta.filename}`), log)).rejects.toThrow(/not a database/)
  })
})

describe('PostgreSQL', () => {
  test.skipIf(requireOrSkip('postgresql').skip)('the claim of a gateway outlives a restart of the server', async () => {
    const server = await startPostgres()
    closing.push(() => server.stop())
    const claim = await claimDatabase(configOf(server.url), () => undefined)
    closing.push(() => claim.close())
    await server.killHard()
    await server.restart()
    const holders = "select count(*)::int as held from pg_locks where locktype = 'advisory' and granted"
    await expect.poll(() => execute(server.url, holders).catch(() => 'starting'), { timeout: 15_000 }).toEqual([{ held: 1 }])
  })

  test.skipIf(requireOrSkip('postgresql').skip)('TLS as DATABASE_URL asks: verify-full wants a certificate of a known authority for that name', async () => {
    const server = await startPostgres()
    closing.push(() => server.stop())
    const pairs = testPairs()
    closing.push(async () => pairs.remove())
    const { certPath, keyPath } = pairs.make('server')
    const put = (name: string, text: string) =>
      execute(server.url, `copy (select regexp_split_to_table($pem$${text.trim()}$pem$, E'\\n')) to program 'umask 077 && cat > ${name}'`)
    const [{ folder }] = (await execute(server.url, "select current_setting('data_directory') as folder")) as [{ folder: string }]
    await put(`${folder}/server.crt`, await readFile(certPath, 'utf8'))
    await put(`${folder}/server.key`, await readFile(keyPath, 'utf8'))
    await execute(server.url, 'alter system set ssl = on')
    await execute(server.url, 'select pg_reload_conf()')
    const opened = async (query: string, url = server.url) => {
      const store = await openStore(configOf(`${url}?${query}`), log)
      await store.close()
    }
    await expect.poll(() => opened(`sslmode=verify-full&sslrootcert=${certPath}`).then(() => 'open', String), { timeout: 15_000 }).toBe('open')
    await expect(opened('sslmode=verify-full')).rejects.toThrow(/^The database [^\n]+ cannot be used: [^\n]*self-signed certificate[^\n]*$/)
    await opened('sslmode=no-verify')
  })
})

describe('PostgreSQL that does not answer', () => {
  test('nobody listens: one line with host and database, without the password', async () => {
    const error = await openStore(configOf('postgresql+psycopg://user:s3cr3t-pw@127.0.0.1:1/tools'), log).catch((reason: Error) => reason)
    expect(error).toMatchObject({
      code: 'store_unavailable',
      message: 'The database postgresql://127.0.0.1:1/tools cannot be used: connect ECONNREFUSED 127.0.0.1:1',
    })
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('s3cr3t-pw')
  })

  test('a server that is silent: refused within the timeout, nothing left open', async () => {
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const started = performance.now()
    await expect(openStore(configOf(`postgresql://u:p@127.0.0.1:${port}/tools`, { databaseTimeoutMs: 500 }), log)).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    expect(performance.now() - started).toBeLessThan(2500)
    for (const socket of sockets) if (!socket.destroyed) await once(socket.resume(), 'close')
    silent.close()
  })

  test.skipIf(requireOrSkip('postgresql').skip)('a server that freezes: requests fail, and work again when it goes on', async () => {
    const server = await startPostgres()
    closing.push(() => server.stop())
    const store = await open(configOf(server.url, { databaseTimeoutMs: 500 }))
    await store.namespaces.ensure('a')
    await server.pause()
    const results = await Promise.allSettled([store.ping(), store.namespaces.ensure('b'), store.ping()])
    expect(results).toMatchObject(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: { code: 'store_unavailable' } })))
    await server.resume()
    await store.ping()
    expect((await store.namespaces.list()).map((namespace) => namespace.name)).toContain('a')
  })
})

const sqliteFile = () => join(dataDir, 'db', 'tooldock.db')

async function createDatabase({ url }: Postgres): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  await execute(url, `create database ${name}`)
  return url.replace(/\/postgres$/, `/${name}`)
}

async function execute(databaseUrl: string | undefined, statement: string): Promise<unknown[]> {
  if (databaseUrl === undefined) {
    const database = new DatabaseSync(sqliteFile())
    database.exec(statement)
    database.close()
    return []
  }
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const { rows } = await client.query(statement)
  await client.end()
  return rows
}

/** Another process that holds the only right to write. */
async function lockExclusively(path: string): Promise<{ heldFor(ms: number): Promise<'held'>; release(): Promise<void> }> {
  const script = `const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(${JSON.stringify(path)}, { timeout: 5000 })
    database.exec('begin exclusive')
    process.stdout.write('locked')
    process.stdin.on('data', () => { database.exec('rollback'); database.close(); process.exit() })`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  closing.push(async () => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return {
    heldFor: (ms) => new Promise((resolve) => setTimeout(() => resolve('held'), ms)),
    async release() {
      const exited = once(child, 'exit')
      child.stdin.write('x')
      await exited
    },
  }
}
