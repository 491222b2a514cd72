/**
 * The thread that owns the SQLite file. `node:sqlite` is synchronous: here a lock held by another process makes nobody
 * but the store wait. Requests are answered in the order they come.
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { OPENED, type SqliteAnswer, type SqliteRequest, type SqliteWorkerData } from './sqlite-protocol.ts'

if (parentPort === null) throw new Error('this file is the entry of a worker thread')
const port = parentPort
const { path, busyTimeoutMs } = workerData as SqliteWorkerData

try {
  const database = open()
  port.on('message', (request: SqliteRequest | 'close') => {
    if (request !== 'close') return port.postMessage(answer(database, request))
    database.close()
    port.close()
  })
  port.postMessage({ id: OPENED, rows: [] } satisfies SqliteAnswer)
} catch (error) {
  port.postMessage(failure(OPENED, error))
}

function open(): DatabaseSync {
  // Made here so that the file, which holds signing keys, is private; the -wal and -shm files copy its mode.
  closeSync(openSync(path, 'a', 0o600))
  return new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
}

function answer(database: DatabaseSync, { id, sql, parameters }: SqliteRequest): SqliteAnswer {
  try {
    const statement = database.prepare(sql)
    if (statement.columns().length > 0) return { id, rows: statement.all(...parameters) }
    return { id, rows: [], changes: BigInt(statement.run(...parameters).changes) }
  } catch (error) {
    return failure(id, error)
  }
}

function failure(id: number, error: unknown): SqliteAnswer {
  const { message, errcode } = error as Error & { errcode?: number }
  return { id, rows: [], error: { message, errcode } }
}
