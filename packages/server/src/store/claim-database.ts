import { setTimeout as pause } from 'node:timers/promises'
import { acquireProcessLock, LockHeldError } from '../data-dir/process-lock.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { type DatabaseConfig, postgresUrlOf, sqlitePathOf } from './database.ts'
import { describeFailure } from './postgres-dialect.ts'

/** Of the advisory locks of a database, ours; with the schema, for one database may hold several ToolDocks. */
const LOCK_CLASS = 1_414_742_084
const LOCK = `${LOCK_CLASS}, hashtext(current_schema())`
const RETRY_MS = 1000
/** The end of a gateway that died is noticed within this time. */
const WAIT_MS_MAX = 5000
const END_MS_MAX = 1000

/** While it is held, no other gateway uses the database. */
export interface DatabaseClaim {
  close(): Promise<void>
}

/**
 * One gateway for each database: it keeps in memory what is published and who may call. A connection that breaks is made
 * again; `onTaken` hears when somebody else was faster.
 * @throws {ToolDockError} `store_unavailable` in one line: another gateway has it, or it cannot be reached
 */
export async function claimDatabase(config: DatabaseConfig, onTaken: (message: string) => void): Promise<DatabaseClaim> {
  const { databaseUrl } = config
  // What lies in DATA_DIR is covered by its lock.
  if (databaseUrl === undefined) return { close: async () => undefined }
  if (databaseUrl.startsWith('sqlite:')) return claimFile(sqlitePathOf(config))
  return claimPostgres(config, databaseUrl, onTaken)
}

const taken = (name: string, by: string): ToolDockError =>
  new ToolDockError('store_unavailable', `The database ${name} is used by another ToolDock (${by}): stop it, or give this one another DATABASE_URL`)

async function claimFile(path: string): Promise<DatabaseClaim> {
  try {
    const lock = await acquireProcessLock(`${path}.lock`)
    return { close: () => lock.release() }
  } catch (error) {
    if (error instanceof LockHeldError) throw taken(path, `process ${error.pid}`)
    throw new ToolDockError('store_unavailable', `The database ${path} cannot be used: ${describeFailure(error)}`, undefined, { cause: error })
  }
}

async function claimPostgres({ databaseTimeoutMs }: DatabaseConfig, databaseUrl: string, onTaken: (message: string) => void): Promise<DatabaseClaim> {
  const { url, name } = postgresUrlOf(databaseUrl)
  const { default: pg } = await import('pg')
  const closing = new AbortController()

  /** Resolves when the lock is held by a connection that stays open; `onLost` is called once, when it ends. */
  async function hold(onLost: () => void): Promise<{ end(): Promise<void> }> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'tooldock',
      keepAlive: true,
      connectionTimeoutMillis: databaseTimeoutMs,
      statement_timeout: Math.min(databaseTimeoutMs, WAIT_MS_MAX),
      // Later than the server, which tells more.
      query_timeout: databaseTimeoutMs + WAIT_MS_MAX,
    })
    client.on('error', () => undefined) // `end` follows.
    try {
      await client.connect()
      await client.query(`select pg_advisory_lock(${LOCK})`)
    } catch (error) {
      const isTaken = error instanceof pg.DatabaseError && error.code === '57014'
      const by = isTaken ? await holderOf(client) : ''
      await endSoon(client)
      if (isTaken) throw taken(name, by)
      throw new ToolDockError('store_unavailable', `The database ${name} cannot be used: ${describeFailure(error)}`, undefined, { cause: error })
    }
    client.once('end', onLost)
    return client
  }

  async function holdAgain(): Promise<void> {
    let isTold = false
    while (!closing.signal.aborted) {
      try {
        held = await hold(() => void holdAgain())
        if (closing.signal.aborted) await endSoon(held)
        return
      } catch (error) {
        const { message } = error as Error
        if (!isTold && message.includes('another ToolDock')) onTaken(message)
        isTold ||= message.includes('another ToolDock')
      }
      await pause(RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined) // Aborted: the loop ends.
    }
  }

  let held = await hold(() => void holdAgain())
  return {
    async close() {
      closing.abort()
      await endSoon(held)
    },
  }
}

/** A server that is frozen does not say goodbye. */
async function endSoon(client: { end(): Promise<void> }): Promise<void> {
  await Promise.race([client.end(), pause(END_MS_MAX, undefined, { ref: false })])
}

async function holderOf(client: { query(text: string): Promise<{ rows: { by: string }[] }> }): Promise<string> {
  const { rows } = await client.query(
    `select 'from ' || coalesce(host(client_addr), 'the same machine') || ', since ' || to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' as by
     from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and granted and classid = ${LOCK_CLASS} and objsubid = 2 limit 1`,
  )
  return rows[0]?.by ?? 'from elsewhere'
}
