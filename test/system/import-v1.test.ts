import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from './gateway.ts'

const CLI = resolve(import.meta.dirname, '../../packages/cli/src/main.ts')
const FIXTURE = join(import.meta.dirname, 'v1-database.sql')

let gateway: Gateway
const v1 = mkdtempSync(join(tmpdir(), 'tooldock-v1-test-'))
beforeAll(async () => {
  for (const folder of ['db', 'tools/shared', 'tools/empty', 'venvs/shared', 'external/servers/journal', 'logs'])
    mkdirSync(join(v1, folder), { recursive: true })
  writeFileSync(join(v1, 'tools/shared/weather.py'), 'def register_tools(registry): ...')
  writeFileSync(join(v1, 'venvs/shared/requirements.txt'), '# packages\nhttpx>=0.27\n')
  writeFileSync(join(v1, 'external/servers/journal/config.yaml'), 'folder: notes\n')
  writeFileSync(join(v1, 'external/servers/journal/server.log'), 'no configuration')
  writeFileSync(join(v1, 'metrics.sqlite'), '')
  const database = new DatabaseSync(join(v1, 'db/tooldock.db'))
  database.exec(readFileSync(FIXTURE, 'utf8'))
  database.close()
  gateway = await startGateway()
})
afterAll(async () => {
  await gateway.dispose()
  rmSync(v1, { recursive: true })
})

/** Every file of v1 with its bytes. */
const snapshot = () =>
  readdirSync(v1, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'hex')])

async function importV1(...options: string[]) {
  const env = { PATH: process.env.PATH, TOOLDOCK_URL: gateway.url, TOOLDOCK_TOKEN: gateway.token }
  const child = spawn(process.execPath, [CLI, 'import', '--from-v1', v1, '--json', ...options], { cwd: v1, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [code] = await once(child, 'close')
  const report = JSON.parse(out || `{"servers":[],"failure":${JSON.stringify(errors)}}`)
  return { code, report, states: Object.fromEntries(report.servers.map(({ name, state }: { name: string; state: string }) => [name, state])) }
}

const STAYS = { 'tooldock-installer': 'failed', shell: 'failed', cloned: 'failed', environment: 'failed', broken: 'failed', preload: 'failed' }

test('servers of v1 come along with what they need, what cannot is told with what to do, and v1 is not touched', { timeout: 300_000 }, async () => {
  const before = snapshot()
  const dryRun = await importV1('--dry-run')
  expect(dryRun.report).not.toHaveProperty('failure')
  expect(dryRun.states).toEqual({ journal: 'ready', time: 'ready', files: 'ready', far: 'ready', repo: 'ready', ...STAYS })
  expect((await gateway.http('/api/servers')).json.servers).toEqual([])
  expect((await gateway.http('/api/secrets')).json.secrets).toEqual([])

  const done = await importV1('--no-start')
  expect(done.code).toBe(1)
  expect(done.states).toEqual({ journal: 'created', time: 'created', files: 'created', far: 'created', repo: 'created', ...STAYS })
  const server = async (namespace: string) => (await gateway.http(`/api/servers/${namespace}`)).json
  expect(await server('journal')).toMatchObject({
    title: 'Journal',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, as it is written.
    config: { kind: 'command', command: 'node', args: ['/srv/notes.js', '--flag', 'two words'], env: { API_TOKEN: '${secret:API_TOKEN}', LEVEL: '3' } },
  })
  expect(await server('time')).toMatchObject({ config: { kind: 'pypi', package: 'mcp-server-time', version: '1.0.0', args: [] } })
  expect(await server('files')).toMatchObject({ config: { kind: 'npm', package: '@scope/files', version: '2.0.0', args: ['/srv'] } })
  expect(await server('far')).toMatchObject({ config: { kind: 'remote', url: 'https://mcp.example.com/mcp' } })
  expect(await server('repo')).toMatchObject({ config: { kind: 'git', url: 'https://github.com/someone/server', command: 'python', args: ['main.py'] } })
  expect((await gateway.http('/api/secrets')).json.secrets).toMatchObject([{ name: 'API_TOKEN', namespace: 'journal' }])
  expect((await gateway.http('/api/servers/journal/files')).json.files.map(({ name }: { name: string }) => name)).toEqual(['config.yaml'])
  expect(JSON.stringify(done.report)).not.toContain('planted-secret')

  const why = Object.fromEntries(done.report.servers.map(({ name, problems }: { name: string; problems: string[] }) => [name, problems.join(' ')]))
  expect(why['tooldock-installer']).toMatch(/part of v1/)
  expect(why.shell).toMatch(/may not|refused|not allowed|shell|bash/i)
  expect(why.cloned).toMatch(/lies in the data directory of v1/)
  expect(why.environment).toMatch(/Python environment that v1 had made/)
  expect(why.broken).toMatch(/cannot be understood/)
  expect(why.preload).toMatch(/LD_PRELOAD/)
  expect(done.report.tools).toEqual([{ namespace: 'shared', files: ['weather.py'], requirements: ['httpx>=0.27'] }])
  expect(done.report.notes.join(' ')).toMatch(/metrics\.sqlite.*logs.*BEARER_TOKEN/)

  const again = await importV1('--no-start')
  expect(again.states).toEqual({ journal: 'exists', time: 'exists', files: 'exists', far: 'exists', repo: 'exists', ...STAYS })
  expect(snapshot()).toEqual(before)
})

test('a start with the database of v1 ends with the command that imports it, which is the true one', { timeout: 120_000 }, async () => {
  const dataDir = join(v1, 'started')
  cpSync(join(v1, 'db'), join(dataDir, 'db'), { recursive: true })
  const failure = await startGateway({ dataDir }).then(
    () => 'started',
    (error: Error) => error.message,
  )
  expect(failure).toContain('tooldock import --from-v1')
  rmSync(dataDir, { recursive: true })
})
