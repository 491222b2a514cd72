import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { makeDataDir } from '../system/gateway.ts'
import { until } from '../system/until.ts'
import { expectAccessible } from './axe.ts'
import { expectClean, startUi, type Ui } from './ui.ts'

describe('a gateway that somebody opens for the first time', { ...requireOrSkip('chromium'), timeout: 240_000 }, () => {
  let ui: Ui
  beforeAll(async () => {
    // Examples are copied only into an empty folder of tools.
    const dataDir = makeDataDir()
    mkdirSync(join(dataDir, 'tools'))
    writeFileSync(join(dataDir, 'tools/README.md'), 'Nothing yet.')
    ui = await startUi({ dataDir })
  }, 120_000)
  afterAll(() => ui?.close())

  test('leads from nothing to a connected client and a first call', async () => {
    const visit = await ui.open('/')
    const { page } = visit
    await page.getByText('From here to the first call').waitFor()
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Create a namespace' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: /^Name/ }).fill('mine')
    await page.getByRole('button', { name: 'Create namespace' }).click()
    await page.waitForURL(/\/namespaces\/mine\/files/)
    const tools = (await ui.gateway.http('/api/tools?namespace=mine')).json.tools as readonly { name: string }[]
    expect(tools.length).toBeGreaterThan(0)

    await page.getByRole('link', { name: 'Home' }).first().click()
    await page.getByRole('link', { name: 'Connect a client to mine' }).click()
    await page.getByRole('button', { name: /^Make a key for/ }).click()
    const snippet = page.getByLabel(/^what to give/).first()
    await snippet.getByText(/td_/).waitFor()
    const key = /td_[\w-]+/.exec((await snippet.textContent()) ?? '')?.[0]
    const client = new Client({ name: 'first-client', version: '1.0' })
    const requestInit = { headers: { authorization: `Bearer ${key}` } }
    await client.connect(new StreamableHTTPClientTransport(new URL(`${ui.gateway.url}/mine/mcp`), { requestInit }))
    await client.listTools()
    await page.getByText(/Connected: first-client/).waitFor()
    await client.close()

    await page.goto(`${ui.gateway.url}/playground?namespace=mine&tool=${tools[0]?.name}`)
    await page.getByLabel('name').first().fill('Ann')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await until('a call to be recorded', async () => (await ui.gateway.http('/api/calls')).json.calls.length > 0)
    await page.getByRole('link', { name: 'Home' }).first().click()
    await page.getByText('From here to the first call').waitFor({ state: 'detached' })
    await expectClean(visit, ui.gateway)
  })
})
