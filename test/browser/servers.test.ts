import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { until } from '../system/until.ts'
import { expectAccessible } from './axe.ts'
import { expectClean, expectNoSideways, startUi, type Ui } from './ui.ts'

const FIXTURE = join(import.meta.dirname, '../servers/fixture/server.mjs')
const REFERENCE = `\${secret:API_KEY}`
const EVERYTHING = '@modelcontextprotocol/server-everything'
/** A first installation asks a registry. */
const INSTALL_TIMEOUT_MS = 120_000
const STATE_TIMEOUT_MS = 30_000

describe('servers in the UI', { ...requireOrSkip('chromium'), timeout: 240_000 }, () => {
  let ui: Ui
  beforeAll(async () => {
    ui = await startUi()
  }, 120_000)
  afterEach(() => ui.closePages())
  afterAll(() => ui?.close())

  const api = (method: string, path: string, body?: unknown) => ui.gateway.http(`/api/${path}`, { method, ...(body === undefined ? {} : { body }) })
  const addFixture = async (namespace: string, args: readonly string[] = []): Promise<void> => {
    const { status, text } = await api('POST', 'servers', { namespace, kind: 'command', command: 'node', args: [FIXTURE, ...args] })
    expect(status, text).toBe(202)
  }
  const state = (page: Page, word: string) => page.locator('h1').getByText(word).waitFor({ timeout: STATE_TIMEOUT_MS })

  test('a package of npm is recognised, checked, installed and seen to start', requireOrSkip('npm-registry'), async () => {
    const visit = await ui.open('/servers')
    const { page } = visit
    await page.getByRole('link', { name: 'Add your first server' }).click()
    await page.getByLabel('What to add').fill(EVERYTHING)
    await page.getByRole('button', { name: `Install ${EVERYTHING} from npm` }).click()
    expect(await page.getByLabel('Namespace').inputValue()).toBe('everything')
    await page.getByText(/Low risk|Medium risk/).waitFor({ timeout: STATE_TIMEOUT_MS })
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Install server' }).click()
    await page.locator('h1').getByText('Running').waitFor({ timeout: INSTALL_TIMEOUT_MS })
    await page.getByRole('tab', { name: /^Tools/ }).click()
    await page.getByRole('cell', { name: 'echo', exact: true }).click()
    await page.getByRole('dialog', { name: 'echo' }).getByText('inputSchema').waitFor()
    expect(page.url()).toMatch(/\/servers\/everything\/tools\?entry=/)
    await expectAccessible(page)
    await expectClean(visit, ui.gateway)
  })

  test('a server that crashes is seen to crash and to recover without loading the page anew', async () => {
    await addFixture('crashing')
    const { page } = await ui.open('/servers/crashing')
    await state(page, 'Running')
    const { pid } = (await api('GET', 'servers/crashing')).json
    process.kill(pid, 'SIGKILL')
    await page
      .getByText(/was ended by SIGKILL/)
      .first()
      .waitFor({ timeout: STATE_TIMEOUT_MS })
    await state(page, 'Running')
    expect((await api('GET', 'servers/crashing')).json.pid).not.toBe(pid)
    await page.getByRole('heading', { name: 'Timeline' }).waitFor()
  })

  test('one that fails says why, what it printed is there, and it can be started again and removed', async () => {
    await addFixture('failing', ['exit'])
    const visit = await ui.open('/servers')
    const { page } = visit
    await page
      .getByRole('row', { name: /failing/ })
      .getByText('Failed', { exact: true })
      .or(page.getByRole('row', { name: /failing/ }).getByText('Restarting soon'))
      .waitFor()
    await page.getByRole('link', { name: 'failing' }).click()
    await page.getByText('the configuration is missing').first().waitFor({ timeout: STATE_TIMEOUT_MS })
    await page.getByRole('tab', { name: 'Output' }).click()
    await page.getByLabel('Output of the server').getByText('the configuration is missing').first().waitFor()
    await page.getByRole('button', { name: 'Actions for failing' }).click()
    await page.getByRole('menuitem', { name: 'Remove…' }).click()
    await page.getByRole('dialog').getByText('configuration files and secrets').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove server' }).click()
    await page.waitForURL(/\/servers$/)
    await until('it to be gone', async () => (await api('GET', 'servers/failing')).status === 404)
    await expectClean(visit, ui.gateway)
  })

  test('the configuration is changed in a form, and secrets are never shown again', async () => {
    await addFixture('configured')
    const visit = await ui.open('/servers/configured/configuration')
    const { page } = visit
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByLabel('Environment variables: name').fill('API_KEY')
    await page.getByLabel('Value of API_KEY').fill('planted-value')
    await page.getByRole('button', { name: /Kept in the open/ }).click()
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('Saved', { exact: true }).waitFor()
    await until('it to be taken over', async () => (await api('GET', 'servers/configured')).json.config.env.API_KEY === REFERENCE)
    await page.reload()
    expect(await page.getByLabel('Value of API_KEY').inputValue()).toBe('')
    expect(await page.content()).not.toContain('planted-value')
    await expectAccessible(page)
    await expectClean(visit, ui.gateway)
  })

  test('a file is written, and a pasted configuration shows what it would add', async () => {
    await addFixture('filed')
    const { page } = await ui.open('/servers/filed/files')
    await page.getByRole('button', { name: 'New file' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('config.yaml')
    await page.getByRole('button', { name: 'Create file' }).click()
    await page.getByLabel('Content of config.yaml').fill('level: high\n')
    await page.keyboard.press('ControlOrMeta+s')
    await page.getByText('Saved config.yaml').waitFor()
    expect((await api('GET', 'servers/filed/files/config.yaml')).json.content).toBe('level: high\n')

    await page.goto(`${ui.gateway.url}/add-server`)
    const config = { mcpServers: { good: { command: 'node', args: [FIXTURE] }, bad: { command: '/bin/sh', args: ['-c', 'true'] } } }
    await page.getByLabel('What to add').fill(JSON.stringify(config))
    await page.getByText('can be added').first().waitFor()
    expect(page.url()).not.toContain('mcpServers')
    await page.getByRole('button', { name: /^Add \d server/ }).click()
    await page
      .getByText(/^good added|added$/)
      .first()
      .waitFor()
    await until('the good one to run', async () => (await api('GET', 'servers/good')).json?.state === 'running', STATE_TIMEOUT_MS)
  })

  test('every page of servers is accessible, and fits a narrow screen', async () => {
    await addFixture('readable')
    const { page } = await ui.open('/servers', { colorScheme: 'dark' })
    for (const path of ['/servers', '/add-server', '/servers/readable', '/servers/readable/configuration']) {
      await page.goto(`${ui.gateway.url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
      await expectAccessible(page)
      await page.setViewportSize({ width: 390, height: 800 })
      await expectNoSideways(page)
      await page.setViewportSize({ width: 1280, height: 800 })
    }
  })
})
