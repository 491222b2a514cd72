import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { until } from '../system/until.ts'
import { launchChromium, visit } from './chromium.ts'

const COMMAND = `exec ${process.execPath} --disable-sigusr1 ${resolve('packages/server/src/main.ts')}`
const LISTENING_MS_MAX = 30_000

/** The gateway prints the link on terminals alone, so `script` gives it one. */
describe('the link that a terminal shows', { ...requireOrSkip('pty'), timeout: 120_000 }, () => {
  let folder: string
  let gateway: ChildProcess
  let browser: Browser | undefined
  let output = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tooldock-link-'))
    const env = { PATH: '/usr/bin:/bin', HOME: folder, ADMIN_PORT: '0', DATA_DIR: folder }
    gateway = spawn('/usr/bin/script', ['-qec', COMMAND, '/dev/null'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    gateway.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    await until('the link', () => output.includes('Connect a client'), LISTENING_MS_MAX)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    const ended = once(gateway, 'close')
    process.kill(Number.parseInt(readFileSync(join(folder, 'lock'), 'utf8'), 10), 'SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })

  test('signs a browser in once, and leaves no code in its address', requireOrSkip('chromium'), async () => {
    browser = await launchChromium()
    const [link = ''] = /http:\S+\/sign-in#code=[\w-]+/.exec(output) ?? []
    const { page: first, context } = await visit(browser, link)
    await first.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    expect(first.url()).toBe(new URL('/', link).href)
    await context.close()
    const { page: second } = await visit(browser, link)
    await second.getByRole('alert').filter({ hasText: 'used already' }).waitFor()
    expect(second.url()).not.toContain('code=')
  })
})
