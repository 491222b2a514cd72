import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { modern } from '../system/mcp-http.ts'
import { until } from '../system/until.ts'
import { expectAccessible } from './axe.ts'
import { expectClean, expectNoSideways, expectStill, startUi, type Ui } from './ui.ts'

const TOOLS = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const echo = defineTool({ description: 'Says it again.', input: z.object({ text: z.string() }), handler: ({ text }) => text })
export const fail = defineTool({ description: 'Always fails.', handler: () => { throw new Error('as it should') } })
`

describe('namespaces, bundles, calls, logs and access in the UI', { ...requireOrSkip('chromium'), timeout: 240_000 }, () => {
  let ui: Ui
  beforeAll(async () => {
    ui = await startUi({ namespaces: { demo: { 'tools.ts': TOOLS, 'tooldock.json': '{"permissions":["write"]}' }, other: { 'tools.ts': TOOLS } } })
  }, 120_000)
  afterEach(() => ui.closePages())
  afterAll(() => ui?.close())

  const api = async (method: string, path: string, body?: unknown) => ui.gateway.http(`/api/${path}`, { method, ...(body === undefined ? {} : { body }) })
  const call = (name: string, args: Record<string, unknown> = {}) => modern(ui.gateway, '/demo/mcp', 'tools/call', { name, arguments: args })

  test('a client connects with a key that was made on the spot, and the page says that it came', async () => {
    const visit = await ui.open('/namespaces')
    const { page } = visit
    await page.getByRole('link', { name: 'demo', exact: true }).click()
    await page.getByRole('link', { name: 'Connect', exact: true }).click()
    await page.getByRole('button', { name: 'TypeScript SDK' }).click()
    await page.getByRole('button', { name: 'Make a key for TypeScript SDK' }).click()
    const snippet = page.getByLabel('what to give TypeScript SDK').first()
    await snippet.getByText(/td_/).waitFor()
    const key = /td_[\w-]+/.exec((await snippet.textContent()) ?? '')?.[0] ?? ''
    const client = new Client({ name: 'visitor', version: '7.0' })
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${ui.gateway.url}/demo/mcp`), { requestInit: { headers: { authorization: `Bearer ${key}` } } }),
    )
    await client.listTools()
    await page.getByRole('status').getByText('Connected: visitor 7.0, 2 tools listed').waitFor()
    await client.close()
    expect(page.url()).not.toContain(key)
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Access' }).first().click()
    await page.getByRole('row', { name: /TypeScript SDK for demo/ }).click()
    await page.getByText('What it sees now').waitFor()
    await page.getByRole('dialog').getByText('demo').first().waitFor()
    await page.getByRole('button', { name: 'Revoke…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click()
    await until('the key to be gone', async () => (await api('GET', 'keys')).json.keys.length === 0)
    expect((await modern({ url: ui.gateway.url, token: key }, '/demo/mcp', 'tools/list')).status).toBe(401)
    await expectClean(visit, ui.gateway)
  })

  test('a tool is turned off and on, and shown to clients in other words', async () => {
    const { page } = await ui.open('/namespaces/other/tools')
    const names = async () =>
      ((await modern(ui.gateway, '/other/mcp', 'tools/list')).result.tools as { name: string; description: string }[]).map(({ name }) => name)
    await page.getByRole('switch', { name: 'Turn fail off for clients' }).click()
    await until('it to be off', async () => !(await names()).includes('fail'))
    await page.getByRole('switch', { name: 'Turn fail on for clients' }).click()
    await until('it to be on', async () => (await names()).includes('fail'))
    await page.getByRole('row', { name: /^echo/ }).click()
    await page.getByRole('dialog').getByLabel('Description').fill('Repeats what is said.')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await until('the words to be others', async () =>
      ((await modern(ui.gateway, '/other/mcp', 'tools/list')).result.tools as { description: string }[]).some(
        ({ description }) => description === 'Repeats what is said.',
      ),
    )
  })

  test('settings are saved and published, permissions accepted, and a namespace is made and deleted by its name', async () => {
    const visit = await ui.open('/namespaces/demo/settings')
    const { page } = visit
    await page.getByRole('button', { name: 'Accept', exact: true }).click()
    await page.getByText('Accepted', { exact: true }).waitFor()
    await page.getByLabel('Description').fill('For trying things.')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await until('it to be published', async () => (await api('GET', 'namespaces/demo')).json.description === 'For trying things.')
    await page.goto(`${ui.gateway.url}/namespaces`)
    await page.getByRole('button', { name: 'New namespace' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: /^Name/ }).fill('fresh')
    await page.getByRole('button', { name: 'Create namespace' }).click()
    await page.waitForURL(/\/namespaces\/fresh\/files/)
    await page.goto(`${ui.gateway.url}/namespaces/fresh/settings`)
    await page.getByRole('button', { name: 'Delete fresh…' }).click()
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete namespace' })
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByRole('dialog').getByRole('textbox').fill('fresh')
    await confirm.click()
    await page.waitForURL(/\/namespaces$/)
    await until('it to be gone', async () => (await api('GET', 'namespaces/fresh')).status === 404)
    await expectClean(visit, ui.gateway)
  })

  test('a bundle is composed: picked, renamed, its collision seen and mended, and served', async () => {
    const visit = await ui.open('/new-bundle')
    const { page } = visit
    await page.getByRole('textbox', { name: /^Name/ }).fill('desk')
    await page.getByLabel('Put the namespace before each name').uncheck()
    for (const namespace of ['demo', 'other']) await page.getByRole('group', { name: namespace }).getByRole('checkbox', { name: /^echo/ }).check()
    await page.getByText('would both be called').waitFor()
    await expectAccessible(page)
    await page.getByRole('region', { name: 'other' }).getByLabel('Name of echo in the bundle').fill('again')
    await page.getByText('would both be called').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Create bundle' }).click()
    await page.waitForURL(/\/namespaces\/desk\/connect/)
    const { result } = await modern(ui.gateway, '/desk/mcp', 'tools/list')
    expect((result.tools as { name: string }[]).map(({ name }) => name).toSorted()).toEqual(['again', 'echo'])
    await expectClean(visit, ui.gateway)
  })

  test('calls come by themselves, stand still while they are held, and lead to their log lines', async () => {
    const visit = await ui.open('/calls?q=echo')
    const { page } = visit
    await page.getByRole('heading', { name: 'Calls' }).waitFor()
    await until('a call to be shown', async () => {
      await call('echo', { text: 'one' })
      return (await page.getByRole('row', { name: /echo/ }).count()) > 0
    })
    await page.getByRole('button', { name: 'Pause' }).click()
    const rows = await page.getByRole('row', { name: /echo/ }).count()
    await call('echo', { text: 'two' })
    await page.getByRole('button', { name: /\d+ new/ }).waitFor()
    expect(await page.getByRole('row', { name: /echo/ }).count()).toBe(rows)
    await page.getByRole('button', { name: /\d+ new/ }).click()
    await until('the held one to be shown', async () => (await page.getByRole('row', { name: /echo/ }).count()) > rows)
    await page.getByRole('row', { name: /echo/ }).first().click()
    await page.getByRole('link', { name: 'Log lines of this call' }).click()
    await page.waitForURL(/\/logs\?requestId=/)
    await page
      .getByRole('row', { name: /request/ })
      .first()
      .waitFor()
    await page
      .getByRole('row', { name: /request/ })
      .first()
      .click()
    await page.getByRole('dialog').getByText('All lines of this request').waitFor()
    await expectClean(visit, ui.gateway)
  })

  test('every one of these pages is accessible, and fits a narrow screen', async () => {
    const paths = [
      '/namespaces',
      '/namespaces/demo',
      '/namespaces/demo/connect',
      '/namespaces/demo/tools',
      '/namespaces/demo/dependencies',
      '/namespaces/demo/settings',
      '/new-bundle',
      '/calls',
      '/logs',
      '/access',
    ]
    const { page } = await ui.open('/', { colorScheme: 'dark' })
    for (const path of paths) {
      await page.goto(`${ui.gateway.url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
      if (path !== '/logs') await expectStill(page)
      await expectAccessible(page)
      await page.setViewportSize({ width: 390, height: 800 })
      await expectNoSideways(page)
      await page.setViewportSize({ width: 1280, height: 800 })
    }
  })
})
