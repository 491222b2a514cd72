import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDataDir } from './data-dir.ts'
import { loadToken } from './load-token.ts'

let root: string
const children: ChildProcess[] = []

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tooldock-data-dir-'))
})

afterEach(async () => {
  await Promise.all(children.splice(0).map(kill))
  await rm(root, { recursive: true })
})

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** A process that opens the folder, says how that went, and then holds it until its input ends. */
function startHolder(path: string): { child: ChildProcess; said: Promise<string> } {
  const script = `const { openDataDir } = await import(${JSON.stringify(import.meta.resolve('./data-dir.ts'))})
    try {
      const dataDir = await openDataDir(${JSON.stringify(path)})
      process.stdin.on('end', () => dataDir.close()).resume()
      console.log('open')
    } catch (error) { console.log(error.message) }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  return { child, said: once(child.stdout as NodeJS.ReadableStream, 'data').then(([text]) => String(text).trim()) }
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

describe('openDataDir', () => {
  test('makes the folders, private where secrets are, and leaves what exists', async () => {
    const path = join(root, 'deep', 'data')
    await mkdir(join(path, 'tools', 'mine'), { recursive: true })
    const dataDir = await openDataDir(path)
    expect((await readdir(path)).sort()).toEqual(['db', 'generations', 'lock', 'logs', 'state', 'tools'])
    expect(await modeOf(dataDir.dbDir)).toBe(0o700)
    expect(await modeOf(dataDir.logsDir)).toBe(0o700)
    expect(await readdir(dataDir.toolsDir)).toEqual(['mine'])
    await dataDir.close()
    expect(await readdir(path)).not.toContain('lock')
    await (await openDataDir(path)).close()
  })

  test('answers real paths when it is reached by a symlink', async () => {
    await mkdir(join(root, 'real'))
    await symlink(join(root, 'real'), join(root, 'link'))
    const dataDir = await openDataDir(join(root, 'link'))
    expect(dataDir.toolsDir.endsWith('/real/tools')).toBe(true)
    await dataDir.close()
  })

  test('a file, and a place that is not writable, are named in one line', async () => {
    await writeFile(join(root, 'file'), '')
    await expect(openDataDir(join(root, 'file'))).rejects.toMatchObject({
      code: 'data_dir_unusable',
      message: `DATA_DIR "${root}/file" cannot be used: it is not a directory`,
    })
    // Root may write wherever a mode forbids it, but not in /sys.
    const refused = process.getuid?.() === 0 ? '/sys/tooldock' : join(root, 'closed')
    if (process.getuid?.() !== 0) await mkdir(refused, { mode: 0o500 })
    await expect(openDataDir(refused)).rejects.toThrow(/^DATA_DIR "[^\n]+" cannot be used: [^\n]+$/)
  })

  test('one gateway at a time: the second is told the pid of the first', async () => {
    const holder = startHolder(root)
    expect(await holder.said).toBe('open')
    await expect(openDataDir(root)).rejects.toThrow(`DATA_DIR "${root}" cannot be used: another ToolDock uses it (process ${holder.child.pid})`)
    const exited = once(holder.child, 'exit')
    holder.child.stdin?.end()
    await exited
    await (await openDataDir(root)).close()
  })

  test('a holder that was killed does not keep it, nor does another process with its pid', async () => {
    const holder = startHolder(root)
    await holder.said
    await kill(holder.child)
    const dataDir = await openDataDir(root)
    expect(await readFile(join(root, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} .+\n$`))
    await dataDir.close()
    for (const stale of [`${process.pid} another start time\n`, '', 'garbage']) {
      await writeFile(join(root, 'lock'), stale)
      await (await openDataDir(root)).close()
    }
    expect((await readdir(root)).filter((name) => name.startsWith('lock'))).toEqual([])
  })

  test('of many that start at once over a dead holder, also over a dead takeover, exactly one wins', async () => {
    await writeFile(join(root, 'lock'), '999999999 long ago\n')
    await writeFile(join(root, 'lock.takeover'), '999999999 long ago\n')
    const holders = Array.from({ length: 6 }, () => startHolder(root))
    const said = await Promise.all(holders.map((holder) => holder.said))
    expect(said.filter((text) => text === 'open')).toHaveLength(1)
    expect(said.filter((text) => text.includes('another ToolDock uses it'))).toHaveLength(5)
  })
})

describe('loadToken', () => {
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const unset = { bearerToken: undefined }

  test('BEARER_TOKEN wins and nothing is written', async () => {
    expect(await loadToken({ bearerToken: 'mine' }, { path: root }, log)).toEqual({ token: 'mine', path: undefined })
    expect(await readdir(root)).toEqual([])
  })

  test('makes a private token once and finds it again', async () => {
    const made = await loadToken(unset, { path: root }, log)
    expect(made.token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(await modeOf(join(root, 'token'))).toBe(0o600)
    expect(await loadToken(unset, { path: root }, log)).toEqual({ token: made.token, path: join(root, 'token') })
    expect(await readdir(root)).toEqual(['token'])
  })

  test('a token that others can read is made private, and that is said without the token', async () => {
    await writeFile(join(root, 'token'), 'kept\n')
    await chmod(join(root, 'token'), 0o644)
    lines.length = 0
    expect((await loadToken(unset, { path: root }, log)).token).toBe('kept')
    expect(await modeOf(join(root, 'token'))).toBe(0o600)
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain('kept')
  })

  test('an empty file is replaced', async () => {
    await writeFile(join(root, 'token'), '\n')
    expect((await loadToken(unset, { path: root }, log)).token).toHaveLength(43)
  })
})
