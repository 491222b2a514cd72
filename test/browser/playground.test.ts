import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { addServer, PATIENT, registryAccess } from '../upstream/servers.ts'
import { expectAccessible } from './axe.ts'
import { CONDITION_TIMEOUT_MS, type Look, type Visit } from './chromium.ts'
import { copied, isFocused } from './page-checks.ts'
import { KIT } from './playground-tools.ts'
import { expectClean, expectNoSideways, startUi, type Ui } from './ui.ts'

const LOOKS: readonly Look[] = [
  { width: 390, height: 844, colorScheme: 'dark' },
  { width: 1280, height: 800, colorScheme: 'light' },
  { width: 2560, height: 1300, colorScheme: 'dark' },
]
const INSTALL_MS = 240_000

describe('the playground', { ...requireOrSkip('chromium'), timeout: 240_000 }, () => {
  let ui: Ui
  beforeAll(async () => {
    ui = await startUi({ namespaces: { kit: KIT }, env: { ...PATIENT, ...registryAccess() } })
  }, 240_000)
  afterEach(() => ui.closePages())
  afterAll(() => ui.close())

  const openTool = async (tool: string, query = '', look?: Look, namespace = 'kit'): Promise<Visit> => {
    const opened = await ui.open(`/playground?namespace=${namespace}&tool=${tool}${query}`, look)
    await runButton(opened.page).waitFor()
    return opened
  }
  const poll = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: CONDITION_TIMEOUT_MS })
  const runButton = (page: Page): Locator => page.getByRole('button', { name: 'Run', exact: true })
  const result = (page: Page): Locator => page.getByRole('region', { name: 'Result' })
  const view = (page: Page, name: string): Promise<void> => page.getByRole('radiogroup', { name: 'What of the run is shown' }).getByText(name).click()
  const argumentsView = (page: Page, name: 'Form' | 'JSON'): Promise<void> =>
    page.getByRole('radiogroup', { name: 'View of arguments' }).getByText(name).click()
  const json = (page: Page): Locator => page.locator('[data-code-editor="Arguments as JSON"] .cm-content')

  test('finds a tool, says what is wrong under its fields, and runs it with the keyboard', async () => {
    const opened = await ui.open('/playground')
    const { page } = opened
    await page.keyboard.press('/')
    await page.keyboard.type('place order')
    await page.getByRole('button', { name: /^order/ }).click()
    const customer = page.getByLabel('customer')
    await customer.waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByText('Required.').first().waitFor()
    await poll(() => isFocused(customer)).toBe(true)
    await page.keyboard.type('A')
    await page.keyboard.press('Tab')
    await page.getByText('At least 2 characters.').waitFor()
    await customer.fill('Ann')
    await page.getByLabel('quantity').fill('120')
    await page.keyboard.press('Tab')
    await page.getByText('Must be 99 or less.').waitFor()
    await page.getByLabel('quantity').fill('12')
    await page.getByLabel('large').check()
    await page.getByLabel('Kind of payment').selectOption({ label: 'kind: cash' })
    await page.getByLabel('given').fill('2.50')
    await page.getByRole('button', { name: 'Add entry' }).click()
    await page.getByLabel('sku').fill('tea')
    await page.keyboard.press('Control+Enter')
    await result(page).getByText('Succeeded').waitFor()
    await view(page, 'Request and answer')
    const sent = await result(page).textContent()
    expect(sent).toContain('"quantity": 12')
    expect(sent).toContain('"given": 2.5')
    expect(sent).toContain('Bearer ***')
    await expectClean(opened, ui.gateway)
  })

  test('keeps every value from the form to JSON and back, also what the schema does not know', async () => {
    const value = {
      customer: 'Ann',
      quantity: 3,
      size: 'small',
      payment: { kind: 'cash', given: 1 },
      items: [{ sku: 'a', count: 2 }],
      note: null,
      labels: { x: 'y' },
      extra: { deep: [1, 'two', null] },
    }
    const { page } = await openTool('order', `&args=${encodeURIComponent(JSON.stringify(JSON.stringify(value)))}`)
    expect(await page.getByLabel('customer').inputValue()).toBe('Ann')
    await argumentsView(page, 'JSON')
    await json(page).waitFor()
    expect(JSON.parse((await json(page).textContent()) ?? '')).toEqual(value)
    await json(page).click()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText('{"customer": "Bob", ')
    await page.getByRole('alert').first().waitFor()
    await argumentsView(page, 'Form')
    await page.getByText('Correct the JSON to switch').waitFor()
    await json(page).click()
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await page.keyboard.insertText(JSON.stringify({ ...value, customer: 'Bob', address: { city: 'Ulm', zip: '89073' } }))
    await argumentsView(page, 'Form')
    expect(await page.getByLabel('customer').inputValue()).toBe('Bob')
    expect(await page.getByLabel('city').inputValue()).toBe('Ulm')
    await page.getByLabel('city').fill('Bonn')
    await runButton(page).click()
    await result(page).getByText('Succeeded').waitFor()
    await view(page, 'Request and answer')
    const [, body = ''] = (await result(page).locator('pre').first().textContent())?.split('\n\n') ?? []
    expect(JSON.parse(body).params.arguments).toEqual({ ...value, customer: 'Bob', address: { city: 'Bonn', zip: '89073' } })
  })

  test('holds arguments in the address, but no secret, there or in what it keeps', async () => {
    const { page } = await openTool('order', `&args=${encodeURIComponent(JSON.stringify('{"payment":{"kind":"card"},"items":[]}'))}`)
    await page.getByLabel('pin').fill('hunter2')
    await page.getByLabel('customer').fill('Ann')
    await poll(async () => page.url()).toContain('Ann')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('button', { name: 'Run anyway' }).click()
    await result(page)
      .getByRole('status')
      .filter({ hasText: /failed/i })
      .waitFor()
    await page.getByRole('button', { name: 'History' }).click()
    await page.getByRole('menuitem', { name: /order/ }).waitFor()
    expect(page.url() + (await page.evaluate<string>('JSON.stringify({ ...sessionStorage, ...localStorage })'))).not.toContain('hunter2')
  })

  test.each(['mcp-modern', 'mcp-legacy'])('answers what a tool asks, over %s', async (protocol) => {
    const opened = await openTool('ask', `&protocol=${protocol}`)
    const { page } = opened
    await runButton(page).click()
    await result(page).getByText('Who are you?').waitFor()
    await page.getByRole('button', { name: 'Accept' }).click()
    await result(page).getByText('Required.').first().waitFor()
    await expectAccessible(page)
    await result(page).getByLabel('name').fill('Ann')
    await result(page).getByLabel('ops').check()
    await page.getByRole('button', { name: 'Accept' }).click()
    await result(page).getByText('Hello, Ann (ops)!').waitFor()
    await runButton(page).click()
    await page.getByRole('button', { name: 'Decline' }).click()
    await result(page).getByText('You said decline.').waitFor()
    await view(page, 'Timeline')
    const timeline = page.getByRole('list', { name: 'Timeline' })
    await timeline.getByRole('button').first().click()
    expect(await timeline.textContent()).toContain(protocol === 'mcp-legacy' ? '"method": "initialize"' : '"method": "tools/call"')
    await expectClean(opened, ui.gateway)
  })

  test('shows where an address leads before it is visited; answers for a model and for folders', async () => {
    const { page } = await openTool('visit')
    await runButton(page).click()
    await result(page).getByText('accounts.example', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'I have done it' }).click()
    await result(page).getByText('You said accept.').waitFor()
    await page.getByRole('button', { name: /^muse/ }).click()
    await page.getByRole('heading', { name: 'muse' }).waitFor()
    await runButton(page).click()
    await page.getByLabel('Answer as the model').fill('Tea is warm')
    await page.getByRole('button', { name: 'Send answer' }).click()
    await page.getByRole('button', { name: 'Add entry' }).click()
    await result(page).getByLabel('uri').fill('file:///tea')
    await page.getByRole('button', { name: 'Send roots' }).click()
    await result(page).getByText('in file:///tea').waitFor()
  })

  test('shows progress and log lines as they come, and cancels', async () => {
    const opened = await openTool('wait')
    const { page } = opened
    await runButton(page).click()
    await page.getByRole('progressbar', { name: 'one of four' }).waitFor()
    await result(page).getByText('began to wait').waitFor()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await result(page).getByRole('status').filter({ hasText: 'Cancelled' }).waitFor()
    await runButton(page).waitFor()
    await expectClean(opened, ui.gateway)
  })

  test('shows content by its kind, without any html, and long ones when asked', async () => {
    const opened = await openTool('show', '&protocol=rest')
    const { page } = opened
    await runButton(page).click()
    await result(page).getByText('Succeeded').waitFor()
    await page.getByText('MCP 2026-07-28').click()
    await runButton(page).click()
    await result(page).getByText('A title').waitFor()
    await result(page).getByText('<b>no html</b>').waitFor()
    const tree = result(page).getByRole('region', { name: 'Text 2 of 7' })
    await tree.getByRole('button', { name: /^1: / }).click()
    await tree.getByRole('button', { name: /^deep/ }).click()
    await tree.getByText('"down here"').hover()
    await tree.getByRole('button', { name: 'Copy the path $.list[1].deep[0]' }).click()
    expect(await copied(page)).toBe('$.list[1].deep[0]')
    expect(await result(page).textContent()).not.toContain('END')
    await result(page)
      .getByRole('button', { name: /^Show all/ })
      .click()
    expect(await result(page).textContent()).toContain('END')
    await poll(() => page.getByAltText('Image 4 of 7').evaluate((image: object) => Reflect.get(image, 'naturalWidth'))).toBe(1)
    await result(page).getByText('embedded words').waitFor()
    await result(page).getByText('file:///far/away.txt').waitFor()
    await expectAccessible(page)
    await expectClean(opened, ui.gateway)
  })

  test('says what failed, compares runs, gives code for the call, and keeps examples', async () => {
    const { page } = await openTool('fail')
    await runButton(page).click()
    await result(page).getByText('The printer <b>is</b> on fire.').waitFor()
    await runButton(page).click()
    await poll(() => page.getByRole('button', { name: 'Compare' }).isEnabled()).toBe(true)
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByRole('dialog').locator('.cm-content').first().waitFor()
    await page.keyboard.press('Escape')
    await view(page, 'Code')
    for (const [language, words] of [
      ['curl', '/kit/mcp'],
      ['TypeScript', 'callTool'],
      ['Python', 'call_tool'],
    ] as const) {
      await page.getByRole('radiogroup', { name: 'Language' }).getByText(language).click()
      expect(await result(page).locator('pre').textContent()).toContain(words)
    }
    await page.getByRole('button', { name: 'Examples' }).click()
    await page.getByRole('menuitem', { name: 'Save these arguments…' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('nothing at all')
    await page.getByRole('button', { name: 'Save example' }).click()
    await page.getByRole('button', { name: 'Examples 1' }).click()
    await page.getByRole('menuitem', { name: 'nothing at all', exact: true }).waitFor()
  })

  test.each(LOOKS)('fits and is accessible at $width px, $colorScheme', async (look) => {
    const opened = await openTool('order', '', look)
    await expectNoSideways(opened.page)
    await expectAccessible(opened.page)
    if (look.width === 390) {
      await opened.page.getByText('Tools', { exact: true }).click()
      await opened.page.getByRole('button', { name: /^ask/ }).click()
      await runButton(opened.page).click()
      await opened.page.getByText('Who are you?').waitFor()
      await expectNoSideways(opened.page)
    }
    await expectClean(opened, ui.gateway)
  })

  test('answers the questions of the official server of every feature, installed from npm', {
    ...requireOrSkip('npm-registry'),
    timeout: INSTALL_MS * 2,
  }, async () => {
    await addServer(ui.gateway, 'everything', { kind: 'npm', package: '@modelcontextprotocol/server-everything' }, INSTALL_MS)
    const { page } = await openTool('trigger-elicitation-request', '&protocol=mcp-legacy', undefined, 'everything')
    await runButton(page).click()
    await result(page).getByLabel('String name').fill('Ada')
    await page.getByRole('button', { name: 'Accept' }).click()
    await result(page).getByText('Ada').first().waitFor()
  })
})
