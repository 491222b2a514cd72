import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { requireOrSkip } from './skips.ts'
import { until } from './system/until.ts'

const COMMAND = [process.execPath, '--disable-sigusr1', resolve('packages/server/src/main.ts')] as const
/** Ten times what is promised. */
const LISTENING_MS_MAX = 10_000

let folder: string
let dataDir: string
let children: ChildProcess[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tooldock-start-'))
  dataDir = join(folder, 'data')
  children = []
})
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
})

interface Run {
  readonly child: ChildProcess
  /** What it printed so far on both streams. */
  output(): string
  /** Its exit code, once it has ended and all it printed is read. */
  ended(): Promise<number | null>
}

/** Starts a program with no other settings than these and a folder of its own to run in. */
function start(command: readonly string[], env: Record<string, string> = {}): Run {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', HOME: folder, ADMIN_PORT: '0', DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null)
  return { child, output: () => output, ended: () => ended }
}

/** Waits for the address that the gateway prints. */
async function listening({ child, output }: Run): Promise<string> {
  return until(
    'the gateway to listen',
    () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${output()}`)
      return /is listening on (http:\/\/\S+)[\s\S]*Connect a client[\s\S]*\n\n/.exec(output())?.[1]
    },
    LISTENING_MS_MAX,
  )
}

/** Starts a gateway that cannot start: exit code 1, and nothing printed but the lines that say why. */
async function refusal(env: Record<string, string>, command: readonly string[] = COMMAND): Promise<string[]> {
  const run = start(command, env)
  expect(await run.ended()).toBe(1)
  return run
    .output()
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes(' INFO '))
}

describe('a start', () => {
  test('prints every address, where the token is, and a line that connects a client; another start on the same data is refused', async () => {
    const run = start(COMMAND)
    const url = await listening(run)
    const token = (await readFile(join(dataDir, 'token'), 'utf8')).trim()
    const printed = run.output()
    for (const address of [`${url}/\n`, `${url}/mcp\n`, `${url}/shared/mcp\n`, `${url}/notes/mcp\n`]) expect(printed).toContain(address)
    expect(printed).toContain(join(dataDir, 'token'))
    expect(printed).toContain(`mcp add --transport http tooldock ${url}/mcp`)
    expect(printed, 'only a terminal sees the token').not.toContain(token)
    expect(printed, 'or a link').not.toContain('code=')
    expect((await stat(join(dataDir, 'token'))).mode & 0o777).toBe(0o600)

    const unauthorized = await fetch(`${url}/shared/mcp`, { method: 'POST', body: '{}' })
    expect(unauthorized.status).toBe(401)
    expect((await fetch(`${url}/health/live`)).status).toBe(200)

    expect(await refusal({})).toEqual([expect.stringContaining(`another ToolDock uses it (process ${run.child.pid})`)])

    run.child.kill('SIGTERM')
    expect(await run.ended()).toBe(0)
  })

  test('prints the token and a link to sign in once on a terminal', requireOrSkip('pty'), async () => {
    const run = start(['/usr/bin/script', '-qec', `exec ${COMMAND.join(' ')}`, '/dev/null'])
    await until('the gateway to listen', () => run.output().includes('Connect a client'), LISTENING_MS_MAX)
    const token = (await readFile(join(dataDir, 'token'), 'utf8')).trim()
    await until('the token', () => run.output().split(token).length === 3, LISTENING_MS_MAX)
    const [, url, code] = /(http:\S+)\/sign-in#code=([\w-]+)/.exec(run.output()) ?? []
    const signIn = () => fetch(`${url}/api/session`, { method: 'POST', body: JSON.stringify({ code }) })
    expect([(await signIn()).status, (await signIn()).status]).toEqual([200, 401])
    const pid = Number.parseInt(await readFile(join(dataDir, 'lock'), 'utf8'), 10)
    process.kill(pid, 'SIGTERM')
    expect(await run.ended()).toBe(0)
  })

  test('without a token says that any program on the machine may call', async () => {
    const run = start(COMMAND, { AUTH_DISABLED: 'true' })
    await listening(run)
    expect(run.output()).toMatch(/AUTH_DISABLED.*any (local )?(program|process)/)
    run.child.kill('SIGTERM')
    expect(await run.ended()).toBe(0)
  })
})

describe('what stands in the way of a start is one line and exit code 1', () => {
  test('the port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1').unref()
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    expect(await refusal({ ADMIN_PORT: String(port) })).toEqual([expect.stringMatching(new RegExp(`^tooldock: .*${port}.*in use`))])
    holder.close()
  })

  test('the data directory is a file', async () => {
    await writeFile(dataDir, '')
    expect(await refusal({})).toEqual([expect.stringContaining(`DATA_DIR "${dataDir}" cannot be used: it is not a directory`)])
  })

  test('the data directory is not writable', requireOrSkip('root'), async () => {
    await chmod(folder, 0o755)
    // May read everything, because the installation may lie in a folder that only its owner can enter.
    const reads = ['--inh-caps=-all,+dac_read_search', '--ambient-caps=-all,+dac_read_search']
    const asNobody = ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...reads, ...COMMAND]
    expect(await refusal({}, asNobody)).toEqual([expect.stringContaining(`DATA_DIR "${dataDir}" cannot be used: it is not writable`)])
  })

  test('the database is out of reach; its password is not told', async () => {
    const unused = createServer().listen(0, '127.0.0.1')
    await once(unused, 'listening')
    const { port } = unused.address() as AddressInfo
    unused.close()
    await once(unused, 'close')
    const lines = await refusal({ DATABASE_URL: `postgresql://user:a-password@127.0.0.1:${port}/tooldock` })
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^tooldock: .*database.*127.0.0.1:${port}`))])
    expect(lines.join()).not.toContain('a-password')
  })

  test('each bad setting, all of them together', async () => {
    await writeFile(join(folder, '.env'), 'LOG_LEVEL=loud\n')
    const lines = await refusal({ ADMIN_PORT: 'many', BODY_BYTES_MAX: '1', DATABASE_URL: '' })
    expect(lines.sort()).toEqual([
      expect.stringMatching(/^tooldock: ADMIN_PORT .*"many"/),
      expect.stringMatching(/^tooldock: BODY_BYTES_MAX must be at least 1024/),
      expect.stringMatching(/^tooldock: LOG_LEVEL must be one of/),
    ])
  })

  test('a start without a token on an address that others reach', async () => {
    expect(await refusal({ AUTH_DISABLED: 'true', HOST: '0.0.0.0' })).toEqual([expect.stringMatching(/^tooldock: AUTH_DISABLED .*0\.0\.0\.0/)])
  })
})
