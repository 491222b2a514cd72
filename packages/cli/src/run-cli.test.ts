import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestFolder, type TestFolder } from '../../../test/command-line.ts'
import { testPairs } from '../../server/test/tls-pairs.ts'
import { COMMANDS } from './commands.ts'

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9'
let folder: TestFolder
beforeAll(async () => {
  folder = await createTestFolder()
})
afterAll(() => folder.remove())

test('help: of all, of a group, of each command with every option', async () => {
  const all = await folder.tooldock(['--help'])
  expect(all.code).toBe(0)
  for (const { name, summary } of COMMANDS) expect(all.stdout).toMatch(new RegExp(`^  ${name} +${summary.replaceAll(/[.?()]/g, '\\$&')}$`, 'm'))
  expect((await folder.tooldock([])).code).toBe(2)
  expect(await folder.tooldock(['keys'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('keys create') })
  for (const command of COMMANDS) {
    const { code, stdout } = await folder.tooldock([...command.name.split(' '), '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(command.summary)
    for (const option of Object.keys(command.options)) expect(stdout).toContain(`--${option}`)
  }
})

test('every summary and option is a sentence, and no option takes the name of one that all have', () => {
  for (const { name, summary, options, argsMin, argsMax } of COMMANDS) {
    expect(summary, name).toMatch(/^[A-Z].*\.$/)
    expect(argsMin, name).toBeLessThanOrEqual(argsMax)
    for (const [option, { doc }] of Object.entries(options)) {
      expect(doc, `${name} --${option}`).toMatch(/^.*\.$/)
      expect(['help', 'version', 'json', 'url'], name).not.toContain(option)
    }
  }
})

test('--version, with a command too', async () => {
  expect((await folder.tooldock(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect((await folder.tooldock(['list', '-V'])).code).toBe(0)
})

test.each([
  [['lst'], 'There is no command "lst". Did you mean "tooldock list"?'],
  [['list', '--colour'], "Unknown option '--colour'"],
  [['list', 'a', 'b'], '"b" is too much.'],
  [['call', 'demo'], 'Something is missing.'],
  [['list', '--url', 'localhost'], '"localhost" is not an http:// or https:// address.'],
  [['keys', 'create', 'x', '--role', 'king'], 'A role is one of caller, author, admin.'],
  [['keys', 'create', 'x', '--expires', 'soon'], '"soon" is neither a time'],
  [['servers', 'add', 'x', 'deb', 'y'], '"deb" is no kind of server'],
  [['servers', 'add', 'x', 'npm', 'y', '--env', 'sk-123'], '--env is written name=value.'],
])('used wrongly: %j', async (args, words) => {
  const { code, stdout, stderr } = await folder.tooldock(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`tooldock: ${words}`)
  expect(stderr).not.toContain('sk-123')
  expect(stderr).toContain('--help')
})

test('no gateway answers: exit code 3, as JSON too', async () => {
  expect(await folder.tooldock(['list', '--url', NOWHERE])).toMatchObject({ code: 3, stderr: expect.stringContaining(`No gateway answers at ${NOWHERE}`) })
  const { code, stdout } = await folder.tooldock(['--url', NOWHERE, '--json', 'list'])
  expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 3, error: 'unreachable' })
})

test('settings that cannot be used are named, each in a line', async () => {
  const { code, stderr } = await folder.tooldock(['list'], { env: { ADMIN_PORT: 'x', HOST: '', LOG_FORMAT: 'xml' } })
  expect(code).toBe(1)
  expect(stderr.split('\n').filter((line) => /^tooldock: (ADMIN_PORT|LOG_FORMAT) must /.test(line))).toHaveLength(2)
})

test('another program at the address is told apart from a gateway, and its control characters do not reach the terminal', async () => {
  let authorization: string | undefined
  const server = createServer((request, response) => {
    authorization = request.headers.authorization
    if (request.url?.startsWith('/api/keys'))
      response.end(JSON.stringify({ keys: [{ id: '1', name: '\u001b[2Jevil', prefix: 'td_', role: 'caller', namespaces: null, tools: null }] }))
    else response.writeHead(404).end('<html>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const env = { TOOLDOCK_TOKEN: 'mine' }
    expect(await folder.tooldock(['list', '--url', url], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('which is not an answer of ToolDock'),
    })
    expect(authorization).toBe('Bearer mine')
    const isPrintable = (text: string) => [...text].every((character) => character >= ' ' || character === '\n')
    const coloured = await folder.tooldock(['keys', 'list', '--url', url], { env, typed: [] })
    expect(isPrintable(coloured.stdout)).toBe(false)
    const { stdout } = await folder.tooldock(['keys', 'list', '--url', url], { env: { ...env, NO_COLOR: '1' }, typed: [] })
    expect(stdout).toContain('[2Jevil')
    expect(isPrintable(stdout)).toBe(true)
  } finally {
    server.close()
  }
})

test('a self-signed certificate is trusted when SSL_CERT_PATH names it, also at an address it does not name, and no other', async () => {
  const pairs = testPairs()
  const ours = pairs.make('ours')
  const others = pairs.make('others')
  const server = createTlsServer({ cert: readFileSync(ours.certPath), key: readFileSync(ours.keyPath) }, (_request, response) =>
    response.end('{"namespaces":[]}'),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
  try {
    const url = `https://127.0.0.2:${(server.address() as AddressInfo).port}`
    const list = (env: NodeJS.ProcessEnv) => folder.tooldock(['list', '--json', '--url', url], { env: { TOOLDOCK_TOKEN: 'mine', ...env } })
    expect(await list({ SSL_CERT_PATH: ours.certPath })).toEqual({ code: 0, stdout: '{"namespaces":[]}\n', stderr: '' })
    expect((await list({})).code).toBe(3)
    expect((await list({ SSL_CERT_PATH: others.certPath })).code).toBe(3)
  } finally {
    server.close()
    pairs.remove()
  }
})

test('the token of this data directory goes to no other machine', async () => {
  await folder.write('tooldock_data/token', 'only-here\n')
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.end('{"namespaces":[]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    await folder.tooldock(['list', '--url', `http://127.0.0.1:${port}`])
    // A name of this machine that says nothing of it.
    await folder.tooldock(['list', '--url', `http://0.0.0.0:${port}`])
    expect(seen).toEqual(['Bearer only-here', undefined])
  } finally {
    server.close()
  }
})
