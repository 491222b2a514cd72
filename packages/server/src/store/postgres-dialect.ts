import { type Dialect, PostgresDialect, type PostgresPool, type PostgresPoolClient, type PostgresQueryResult } from 'kysely'
import pg from 'pg'
import { DatabaseTrouble } from './database-trouble.ts'

export interface PostgresOptions {
  readonly url: string
  readonly poolMax: number
  /** For a connection to be made and for a statement to be answered. */
  readonly timeoutMs: number
}

/** The driver gives up on an answer a little later than the server on the statement, which tells more. */
const SILENCE_GRACE_MS = 500

/** PostgreSQL by `pg`. Nothing is connected before the first query. */
export function createPostgresDialect({ url, poolMax, timeoutMs }: PostgresOptions): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolMax,
    application_name: 'tooldock',
    keepAlive: true,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    idle_in_transaction_session_timeout: timeoutMs,
    query_timeout: timeoutMs + SILENCE_GRACE_MS,
  })
  // An idle connection was cut. The pool has dropped it already, and the next query tells whether the server is back.
  pool.on('error', () => {})
  return new PostgresDialect({ pool: discardBroken(pool) })
}

/** Names the trouble, and never uses a connection again that may still wait for an old answer. */
function discardBroken(pool: pg.Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw new DatabaseTrouble(describeFailure(error), { cause: error })
      })
      let trouble: DatabaseTrouble | undefined
      // Cut between two statements: without a listener this would end the process. The next statement is told.
      const onCut = (error: Error) => {
        trouble ??= new DatabaseTrouble(describeFailure(error), { cause: error })
      }
      client.on('error', onCut)
      const query = async <R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
        if (trouble) throw trouble
        try {
          const { command, rowCount, rows } = await client.query(sql, [...parameters])
          return { command: command as PostgresQueryResult<R>['command'], rowCount: rowCount ?? 0, rows }
        } catch (error) {
          if (error instanceof pg.DatabaseError && !SERVER_TROUBLE.test(error.code ?? '')) throw error
          trouble = new DatabaseTrouble(describeFailure(error), { cause: error })
          throw trouble
        }
      }
      const release = (destroy = false): void => {
        client.off('error', onCut)
        client.release(destroy || trouble !== undefined)
      }
      return { query: query as PostgresPoolClient['query'], release }
    },
  }
}

/** SQLSTATE classes that blame the server: connection, resources, intervention (timeouts too), system. */
const SERVER_TROUBLE = /^(08|53|57|58|XX)/

/** Refusals of every address of a name come as an AggregateError without words. */
export function describeFailure(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return [...new Set(error.errors.map(describeFailure))].join(', ')
  return error instanceof Error ? error.message || error.name : String(error)
}
