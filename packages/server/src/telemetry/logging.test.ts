import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLogging, type Logging, type LoggingConfig } from './logging.ts'

const CONFIG: LoggingConfig = { logLevel: 'info', logFormat: 'json', logRetentionDays: 3, logBufferBytesMax: 1 << 20 }
let root: string
let logsDir: string
let stdoutFd: number

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tooldock-logging-'))
  logsDir = join(root, 'logs')
  await mkdir(logsDir)
  stdoutFd = openSync(join(root, 'stdout'), 'a')
})

afterEach(async () => {
  vi.useRealTimers()
  closeSync(stdoutFd)
  await rm(root, { recursive: true })
})

const open = (change: Partial<LoggingConfig> = {}) => createLogging({ ...CONFIG, ...change }, { logsDir }, stdoutFd)
const stdoutText = () => readFile(join(root, 'stdout'), 'utf8')
const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
const dayOf = async (day: string) => linesOf(await readFile(join(logsDir, `${day}.jsonl`), 'utf8'))

async function writeAndClose(logging: Logging, write: (logging: Logging) => void): Promise<void> {
  write(logging)
  await logging.close()
}

describe('lines', () => {
  test('JSON on stdout and in the private file of the day, each with time, level and msg', async () => {
    await writeAndClose(open(), ({ logger }) => {
      const child = logger.child({ requestId: 'r1', namespace: 'shared' })
      child.info({ count: 1 }, 'hello')
      child.debug('not at this level')
      logger.error(new Error('broken\nin two lines'))
    })
    const written = linesOf(await stdoutText())
    expect(written).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), requestId: 'r1', namespace: 'shared', count: 1, msg: 'hello' },
      expect.objectContaining({
        level: 'error',
        msg: 'broken\nin two lines',
        err: expect.objectContaining({ type: 'Error', stack: expect.stringContaining('logging.test.ts') }),
      }),
    ])
    const [file] = await readdir(logsDir)
    expect(file).toBe(`${String(written[0]?.time).slice(0, 10)}.jsonl`)
    expect(await readFile(join(logsDir, String(file)), 'utf8')).toBe(await stdoutText())
    expect((await stat(join(logsDir, String(file)))).mode & 0o777).toBe(0o600)
  })

  test('text for people, without control characters of a caller, and JSON in the file', async () => {
    await writeAndClose(open({ logFormat: 'text' }), ({ logger }) => {
      logger.info({ path: '/a b', status: 200, evil: '\u001b[31mred\u009b\r\nnew line' }, 'request')
      logger.warn({ err: new TypeError('wrong') }, 'failed')
    })
    const lines = (await stdoutText()).split('\n')
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}request path="\/a b" status=200 evil="\\u001b\[31mred\\x9b\\r\\nnew line"$/)
    expect(lines[1]).toMatch(/WARN {2}failed$/)
    expect(lines[2]).toBe('    TypeError: wrong')
    expect(await readdir(logsDir)).toHaveLength(1)
  })

  test('ten thousand lines of one turn arrive in order', async () => {
    await writeAndClose(open({ logBufferBytesMax: 1 << 24 }), ({ logger }) => {
      for (let index = 0; index < 10_000; index++) logger.info({ index }, 'line')
    })
    expect(linesOf(await stdoutText()).map((line) => line.index)).toEqual(Array.from({ length: 10_000 }, (_, index) => index))
  })
})

describe('secrets', () => {
  // Each is planted in another way, and none may be in any output.
  const known = 'kn0wn-t0ken-value'
  const awkward = 'pass"wörd\\1'
  const digits = '73519'
  const planted = [
    'by-key-1',
    'by-key-2',
    'by-key-3',
    'by-key-4',
    'by-key-5',
    'in-header-6',
    'in-error-7',
    'in-cause-8',
    'in-url-9',
    'in-bearer-10',
    'in-query-11',
    'in-child-12',
    known,
    awkward,
    digits,
  ]

  function plant({ logger, addSecret }: Logging): void {
    for (const secret of [known, awkward, digits]) addSecret(secret)
    logger.info(
      {
        password: 'by-key-1',
        apiKey: 'by-key-2',
        api_key: 'by-key-3',
        clientSecret: { value: 'by-key-4' },
        deep: [{ a: { b: { 'Set-Cookie': ['by-key-5'] } } }],
      },
      'keys',
    )
    logger.info({ headers: { authorization: 'in-header-6', host: 'x' } }, 'headers')
    const error = Object.assign(new Error(`login with ${known} failed`), { config: { token: 'in-error-7' }, cause: new Error('inner Bearer in-cause-8') })
    logger.error({ err: error }, 'error')
    logger.error(error)
    logger.info('connect to postgresql://user:in-url-9@host/db failed')
    logger.info({ note: 'sent authorization: Bearer in-bearer-10.' }, 'text of the basic authentication')
    logger.info({ url: '/x?a=1&access_token=in-query-11&b=2' }, 'query')
    logger.child({ token: 'in-child-12', keep: 'kept' }).warn('child')
    logger.info({ note: awkward, encoded: encodeURIComponent(awkward), [known]: 1, number: 9735191, float: 0.73519 }, `message ${digits}`)
    const cycle: Record<string, unknown> = { name: 'cycle' }
    cycle.self = cycle
    logger.info({ cycle, bytes: Buffer.from(known), when: new Date(0) }, 'odd values')
  }

  test.each(['json', 'text'] as const)('planted in keys, messages, errors, URLs and child loggers, none is written (%s)', async (logFormat) => {
    await writeAndClose(open({ logFormat }), plant)
    const [file] = await readdir(logsDir)
    const json = await readFile(join(logsDir, String(file)), 'utf8')
    const all = json + (await stdoutText())
    for (const secret of planted)
      expect(all.includes(secret) || all.includes(JSON.stringify(secret).slice(1, -1)) || all.includes(encodeURIComponent(secret)), secret).toBe(false)
    expect(linesOf(json)).toHaveLength(10)
    expect(json).toContain('basic authentication')
    expect(json).toContain('"keep":"kept"')
    expect(json).toContain('postgresql://[redacted]@host/db')
    expect(json).toContain('&b=2')
    expect(json).toContain('"when":"1970-01-01T00:00:00.000Z"')
  })
})

describe('daily files', () => {
  test('a line is in the file of its own day, and files past the retention are deleted when a day begins', async () => {
    for (const name of ['2026-02-24.jsonl', '2026-02-25.jsonl', '2026-02-26.jsonl', 'notes.jsonl', '2026-02-01.jsonl.gz'])
      await writeFile(join(logsDir, name), '')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-02-28T23:59:59.999Z') })
    const logging = open()
    logging.logger.info('before')
    vi.setSystemTime(Date.parse('2026-03-01T00:00:00.000Z'))
    logging.logger.info('after')
    await logging.close()
    expect(await dayOf('2026-02-28')).toMatchObject([{ msg: 'before', time: '2026-02-28T23:59:59.999Z' }])
    expect(await dayOf('2026-03-01')).toMatchObject([{ msg: 'after' }])
    expect((await readdir(logsDir)).sort()).toEqual(['2026-02-01.jsonl.gz', '2026-02-26.jsonl', '2026-02-28.jsonl', '2026-03-01.jsonl', 'notes.jsonl'])
  })

  test('is appended to by a second start, and no descriptor stays open', async () => {
    for (let start = 0; start < 5; start++) await writeAndClose(open(), ({ logger }) => logger.info('started'))
    const [file] = await readdir(logsDir)
    expect(linesOf(await readFile(join(logsDir, String(file)), 'utf8'))).toHaveLength(5)
    if (process.platform === 'linux') expect(openFilesIn(logsDir)).toEqual([])
  })
})

describe('trouble', () => {
  const children: ChildProcess[] = []
  afterEach(() => children.splice(0).forEach((child) => void child.kill('SIGKILL')))

  /** Runs `body` with `logging` in a process of its own, whose stdout nobody reads. */
  function start(body: string, change: Partial<LoggingConfig> = {}): { child: ChildProcess; ended: Promise<{ code: unknown; stderr: string }> } {
    const script = `const { createLogging } = await import(${JSON.stringify(import.meta.resolve('./logging.ts'))})
      const logging = createLogging(${JSON.stringify({ ...CONFIG, ...change })}, { logsDir: ${JSON.stringify(logsDir)} })
      ${body}`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    let stderr = ''
    child.stderr.on('data', (chunk) => (stderr += chunk))
    return { child, ended: once(child, 'close').then(([code]) => ({ code, stderr })) }
  }

  test.skipIf(process.platform !== 'linux')('a full disk: nothing throws, the lines are counted, and it is said once', async () => {
    const today = new Date().toISOString().slice(0, 10)
    for (const day of [today, new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)]) await symlink('/dev/full', join(logsDir, `${day}.jsonl`))
    const { child, ended } = start(`
      for (let turn = 0; turn < 5; turn++) {
        logging.logger.info('lost in the file')
        while (logging.linesLost <= turn) await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await logging.close()
      console.error('lost ' + logging.linesLost)`)
    let stdout = ''
    child.stdout?.on('data', (chunk) => (stdout += chunk))
    const { code, stderr } = await ended
    expect(code).toBe(0)
    expect(stderr).toBe(
      `tooldock: ${logsDir}: log lines are being lost (1 until now): ENOSPC: no space left on device, write\ntooldock: ${logsDir}: 5 log lines were lost\nlost 5\n`,
    )
    expect(linesOf(stdout)).toHaveLength(5)
  })

  test('a reader of stdout that has stopped: the process goes on, drops beyond its bound, and can end', async () => {
    const { child, ended } = start(
      `for (let line = 0; line < 3000; line++) {
        logging.logger.info({ filler: 'x'.repeat(500) }, 'line')
        if (line % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      await logging.close()
      console.error('lost some: ' + (logging.linesLost > 0))
      process.exit(0)`,
      { logBufferBytesMax: 100_000 },
    )
    child.stdout?.pause()
    const exited = once(child, 'exit')
    expect(await exited).toEqual([0, null])
    child.stdout?.resume()
    expect((await ended).stderr).toMatch(/^(tooldock: .*\n){2,4}lost some: true\n$/)
  })
})

/** What this process holds open in `folder`. */
function openFilesIn(folder: string): string[] {
  const links = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      // Closed meanwhile, such as the one that listed the folder.
      return []
    }
  })
  return links.filter((link) => link.startsWith(folder))
}
