import { type ChildProcess, execFile, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { postgresBinFolder } from './skips.ts'

const run = promisify(execFile)
const ATTEMPTS_MAX = 3
const RESTART_ATTEMPTS_MAX = 100
const RESTART_PAUSE_MS = 50

/** A real PostgreSQL server of a test's own, empty, on a free port of 127.0.0.1. */
export interface Postgres {
  /** With user and password; the database is `postgres`. */
  readonly url: string
  readonly port: number
  /** Ends the server and deletes its files; open connections are cut. */
  stop(): Promise<void>
  /** Freezes every process of the server: connections stay open and nothing answers. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** SIGKILL to every process of the server at once. Its files stay; `restart` serves them again, at the same port. */
  killHard(): Promise<void>
  restart(): Promise<void>
}

/** @throws when no server is installed (guard with `requireOrSkip('postgresql')`) or none starts. */
export async function startPostgres(): Promise<Postgres> {
  const bin = postgresBinFolder()
  if (bin === undefined) throw new Error('no PostgreSQL server is installed: guard this test with requireOrSkip("postgresql")')
  const user = serverUser()
  const folder = await mkdtemp(join(tmpdir(), 'tooldock-postgres-'))
  try {
    const password = randomBytes(12).toString('hex')
    await writeFile(join(folder, 'password'), password, { mode: 0o600 })
    if (user) for (const path of [folder, join(folder, 'password')]) await chown(path, user.uid, user.gid)
    const data = join(folder, 'data')
    const initdb = [
      '-D',
      data,
      '-U',
      'postgres',
      '--auth=scram-sha-256',
      `--pwfile=${join(folder, 'password')}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ]
    await run(join(bin, 'initdb'), initdb, { cwd: folder, env: { LC_ALL: 'C' }, ...user })
    const first = await startServer(join(bin, 'postgres'), data, folder, user, freePort)
    const { port } = first
    let { child } = first
    return {
      url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
      port,
      pause: () => signalAll(child, 'SIGSTOP'),
      resume: () => signalAll(child, 'SIGCONT'),
      async killHard() {
        const exited = once(child, 'exit')
        await signalAll(child, 'SIGKILL')
        child.kill('SIGKILL')
        await exited
      },
      async restart() {
        // Meanwhile a connection of somebody else may have this port at its own end.
        ;({ child } = await startServer(join(bin, 'postgres'), data, folder, user, () => pause(RESTART_PAUSE_MS, port), RESTART_ATTEMPTS_MAX))
      },
      async stop() {
        if (child.exitCode === null && child.signalCode === null) {
          const exited = once(child, 'exit')
          await signalAll(child, 'SIGCONT')
          child.kill('SIGQUIT')
          await exited
        }
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user its package made. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** A free port may be taken by another test before the server has it: then another one is tried. */
async function startServer(
  postgres: string,
  data: string,
  cwd: string,
  user: { uid: number; gid: number } | undefined,
  choosePort: () => Promise<number>,
  attemptsMax = ATTEMPTS_MAX,
): Promise<{ child: ChildProcess; port: number }> {
  // Nothing in this cluster outlives a test, so nothing is synced to disk.
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=16MB', 'max_connections=50', 'autovacuum=off']
  let output = ''
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const port = await choosePort()
    const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', cwd, ...settings.flatMap((setting) => ['-c', setting])]
    const child = spawnBound(postgres, args, cwd, user)
    output = ''
    const ready = await new Promise<boolean>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', () => resolve(false))
      if (child.stderr === null) throw new Error('stderr is a pipe')
      createInterface({ input: child.stderr }).on('line', (line) => {
        output += `${line}\n`
        if (line.includes('ready to accept connections')) resolve(true)
      })
    })
    if (ready) return { child, port }
  }
  throw new Error(`PostgreSQL did not start:\n${output}`)
}

/** On Linux the server ends with the test process, however that ends. */
function spawnBound(command: string, args: string[], cwd: string, user: { uid: number; gid: number } | undefined): ChildProcess {
  const options: SpawnOptions = { cwd, env: { LC_ALL: 'C' }, stdio: ['ignore', 'ignore', 'pipe'] }
  if (process.platform !== 'linux') return spawn(command, args, { ...options, ...user })
  const identity = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []
  return spawn('/usr/bin/setpriv', [...identity, '--pdeathsig', 'QUIT', command, ...args], options)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

/** The server's processes: the first one and its children (each is a process group of its own). */
async function signalAll(child: ChildProcess, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void> {
  const pid = child.pid
  if (pid === undefined) return
  // The first one is stopped before its children are listed: from then on there are no new ones. It is not killed yet, for it is their parent.
  process.kill(pid, signal === 'SIGKILL' ? 'SIGSTOP' : signal)
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '') // gone meanwhile
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
    if (Number(parent) !== pid) continue
    try {
      process.kill(Number(entry), signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
