import { chmod } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { openDataDir } from '@tooldock/server/data-dir/data-dir'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFolder, type TestFolder } from '../../../test/command-line.ts'
import type { Finding } from './doctor/finding.ts'

let folder: TestFolder
let port: number
const closing: (() => unknown)[] = []

beforeEach(async () => {
  folder = await createTestFolder()
  port = await occupy()
  await closing.pop()?.()
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await folder.remove()
})

/** A port of this machine that another program has until `closing` is run. */
async function occupy(): Promise<number> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

async function examine(env: NodeJS.ProcessEnv = {}): Promise<{ code: number; wrong: readonly Finding[]; all: readonly Finding[] }> {
  const { code, stdout } = await folder.tooldock(['doctor', '--offline', '--json'], { env: { ADMIN_PORT: String(port), ...env } })
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] }
  return { code, all: findings, wrong: findings.filter(({ state }) => state === 'error') }
}

test('all is well before the first start, and in words', async () => {
  await folder.write('tooldock_data/tools/demo/add.ts', 'export const one: number = 1\n')
  const { code, wrong, all } = await examine()
  expect({ code, wrong }).toEqual({ code: 0, wrong: [] })
  expect(all.map(({ area }) => area)).toEqual(expect.arrayContaining(['settings', 'gateway', 'data directory', 'database', 'runtimes', 'ports', 'namespaces']))
  const { stdout } = await folder.tooldock(['doctor', '--offline'], { env: { ADMIN_PORT: String(port) } })
  expect(stdout).toMatch(/^runtimes\n {2}ok +node \d+/m)
})

test('bad settings: every one is named', async () => {
  const { code, wrong } = await examine({ ADMIN_PORT: 'abc', HOST: '0.0.0.0', RATE_LIMIT_ENABLED: 'perhaps' })
  expect(code).toBe(1)
  expect(wrong.map(({ message }) => message)).toEqual([expect.stringContaining('ADMIN_PORT must'), expect.stringContaining('RATE_LIMIT_ENABLED must')])
})

test('a data directory that is held by a process which serves nothing here, and one that others can read', async () => {
  const dataDir = await openDataDir(join(folder.dir, 'tooldock_data'))
  closing.push(() => dataDir.close())
  await folder.write('tooldock_data/token', 'secret\n')
  await chmod(join(folder.dir, 'tooldock_data/token'), 0o644)
  const { code, wrong, all } = await examine()
  expect(code).toBe(1)
  expect(wrong).toMatchObject([{ area: 'data directory', message: expect.stringContaining(`The process ${process.pid}`) }])
  expect(all).toContainEqual(expect.objectContaining({ state: 'warning', message: expect.stringMatching(/token can be read by others/) }))
  await folder.write('file', '')
  expect((await examine({ DATA_DIR: join(folder.dir, 'file') })).wrong).toMatchObject([
    { area: 'data directory', message: expect.stringContaining('is not a folder') },
  ])
})

test('a port that another program has', async () => {
  const taken = await occupy()
  const { code, wrong } = await examine({ ADMIN_PORT: String(taken), TOOLDOCK_URL: 'http://127.0.0.1:9' })
  expect(code).toBe(1)
  expect(wrong).toMatchObject([{ area: 'ports', message: expect.stringContaining(`127.0.0.1:${taken}`), advice: expect.stringContaining('ADMIN_PORT') }])
})

test('a database that does not answer, without its password, and one that is no database', async () => {
  const { code, wrong } = await examine({ DATABASE_URL: 'postgresql://ann:pass-word@127.0.0.1:9/tools' })
  expect(code).toBe(1)
  expect(wrong).toMatchObject([{ area: 'database', message: expect.stringContaining('127.0.0.1:9') }])
  expect(JSON.stringify(wrong)).not.toContain('pass-word')
  await folder.write('tooldock_data/db/tooldock.db', 'this is no database, but it is long enough to be taken for one '.repeat(20))
  expect((await examine()).wrong).toMatchObject([{ area: 'database' }])
})

test('a namespace that cannot be read, a manifest that is none, and a name that cannot be one', async () => {
  await folder.write('tooldock_data/tools/broken/a.ts', 'export const = 1\n')
  await folder.write('tooldock_data/tools/manifest/tooldock.json', '{"permissions": 7')
  await folder.write('tooldock_data/tools/My Tools/a.ts', '')
  const { code, wrong, all } = await examine()
  expect(code).toBe(1)
  expect(wrong.map(({ message }) => message)).toEqual([expect.stringMatching(/^broken\/a\.ts: /), expect.stringMatching(/^manifest\/tooldock\.json: /)])
  expect(all).toContainEqual(expect.objectContaining({ state: 'warning', message: expect.stringContaining('My Tools is not served') }))
})

test('a certificate that does not lie where it is to', async () => {
  await folder.write('cert.pem', 'nothing')
  const { wrong } = await examine({ SSL_CERT_PATH: join(folder.dir, 'cert.pem'), SSL_KEY_PATH: join(folder.dir, 'key.pem') })
  expect(wrong).toMatchObject([{ area: 'certificate', message: expect.stringContaining('SSL_') }])
})

test('migrate makes the database, and has nothing to do the second time', async () => {
  const first = JSON.parse((await folder.tooldock(['migrate', '--json'])).stdout)
  expect(first.migrated.length).toBeGreaterThan(5)
  expect(JSON.parse((await folder.tooldock(['migrate', '--json'])).stdout).migrated).toEqual([])
})
