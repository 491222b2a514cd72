import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Postgres, startPostgres } from './postgres.ts'
import { requireOrSkip } from './skips.ts'

describe('a PostgreSQL server for tests', requireOrSkip('postgresql'), () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.stop())

  test('answers, falls silent while paused, and answers again', async () => {
    const client = new pg.Client({ connectionString: postgres.url })
    await client.connect()
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])

    await postgres.pause()
    const query = client.query('select 2 as two')
    const first = await Promise.race([query.then(() => 'answered'), new Promise((resolve) => setTimeout(resolve, 200, 'silent'))])
    expect(first).toBe('silent')

    await postgres.resume()
    expect((await query).rows).toEqual([{ two: 2 }])
    await client.end()
  })

  test('refuses a wrong password', async () => {
    const client = new pg.Client({ connectionString: postgres.url.replace(/:[0-9a-f]+@/, ':wrong@') })
    await expect(client.connect()).rejects.toThrow('password authentication failed')
  })

  test('leaves no process behind', async () => {
    const own = await startPostgres()
    await own.stop()
    const client = new pg.Client({ connectionString: own.url })
    await expect(client.connect()).rejects.toThrow('ECONNREFUSED')
  })
})
