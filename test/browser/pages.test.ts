import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { type Gateway, makeDataDir, startGateway } from '../system/gateway.ts'
import { enterToken, type Look, launchChromium, type Visit, visit } from './chromium.ts'
import { DEMO, manyTools } from './demo-tools.ts'
import { copied, expectQuiet, expectReadable, isFocused, tabTo, waitForFocus } from './page-checks.ts'

const LOOKS: readonly Required<Pick<Look, 'width' | 'colorScheme'>>[] = [
  { width: 390, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
  { width: 2560, colorScheme: 'light' },
]
const MANY_TOOLS = 10

/** A DATA_DIR without namespaces: examples are copied only into an empty folder of tools. */
async function emptyDataDir(): Promise<string> {
  const dataDir = makeDataDir()
  await mkdir(join(dataDir, 'tools'))
  await writeFile(join(dataDir, 'tools/README.md'), 'Nothing yet.')
  return dataDir
}

describe('the pages of documents in a browser', { ...requireOrSkip('chromium'), timeout: 240_000 }, () => {
  let browser: Browser
  let gateway: Gateway
  let visits: Visit[] = []
  beforeAll(async () => {
    gateway = await startGateway({ namespaces: { demo: DEMO, many: manyTools(MANY_TOOLS) } })
    browser = await launchChromium()
  }, 120_000)
  afterEach(async () => {
    for (const { context } of visits) await context.close()
    visits = []
  })
  afterAll(async () => {
    await browser?.close()
    try {
      await gateway?.stop()
    } finally {
      await gateway?.dispose()
    }
  })

  const open = async (path: string, look?: Look, at = gateway): Promise<Visit> => {
    const opened = await visit(browser, `${at.url}${path}`, look)
    visits.push(opened)
    return opened
  }
  const openTool = async (tool: string, look?: Look) => {
    const opened = await open('/demo/openapi/docs', look)
    await enterToken(opened.page, gateway.token)
    await opened.page.locator('summary', { hasText: tool }).click()
    return opened
  }
  /** The field of an argument in the form of an open tool. */
  const argument = (page: Page, name: string) => page.getByLabel(new RegExp(`^${name} `))

  describe('the page of a document', () => {
    test('asks for a token, shows the tools, and runs one with what its form holds', async () => {
      const opened = await open('/demo/openapi/docs')
      const { page } = opened
      await enterToken(page, 'wrong')
      await page.getByText('This token is not valid.').waitFor()
      await enterToken(page, gateway.token)
      await page.getByRole('heading', { name: 'Demo', level: 1 }).waitFor()
      expect(await page.locator('summary code').allTextContents()).toEqual(['fail', 'greet', 'wait'])
      await page.locator('summary', { hasText: 'greet' }).click()
      await argument(page, 'name').fill('Ada')
      expect(await argument(page, 'times').inputValue()).toBe('1')
      await argument(page, 'times').fill('2')
      await argument(page, 'titles').fill('["Dr."]')
      await page.getByRole('button', { name: 'Run' }).click()
      const result = page.getByRole('region', { name: 'Result' })
      expect(JSON.parse((await result.textContent()) ?? '')).toEqual({ greeting: 'Hello Dr. Ada. Hello Dr. Ada.', given: ['name', 'times', 'titles'] })
      expect(await page.getByText(/200 OK · \d+ ms/).isVisible()).toBe(true)
      await expectQuiet(opened, gateway)
    })

    test('is there for the admin API too: parameters, bodies and answers of every method', async () => {
      const opened = await open('/api/docs')
      const { page } = opened
      await enterToken(page, gateway.token)
      await page.getByLabel('Filter tools by name').fill('getNamespacesNs')
      await page
        .locator('summary', { hasText: /^getNamespacesNs[A-Z ]?/ })
        .first()
        .click()
      await argument(page, 'ns').fill('demo')
      await page.getByRole('button', { name: 'Run' }).first().click()
      await page.getByText('200 OK').waitFor()
      await page.getByRole('region', { name: 'Result' }).getByText('"kind": "native"').waitFor()
      await expectQuiet(opened, gateway)
    })

    test('puts each complaint about the arguments under its field', async () => {
      const opened = await openTool('greet')
      const { page } = opened
      await argument(page, 'name').fill('A')
      await argument(page, 'times').fill('many')
      await argument(page, 'titles').fill('[1]')
      await page.getByRole('button', { name: 'Run' }).click()
      await page.getByText('422 invalid_arguments').waitFor()
      const under = (label: string) =>
        page
          .locator('.field', { has: page.getByLabel(label) })
          .locator('.bad')
          .textContent()
      expect(await under('name')).toMatch(/2/)
      expect(await under('times')).toMatch(/number|int/)
      expect(await under('titles')).toMatch(/titles\[0\].*string/)
      expect(await isFocused(argument(page, 'name'))).toBe(true)
      expect(await argument(page, 'tone').getAttribute('aria-invalid')).not.toBe('true')
      await argument(page, 'titles').fill('[1')
      await page.getByRole('button', { name: 'Run' }).click()
      await page.getByText('This is not JSON').waitFor()
      await expectQuiet(opened, gateway)
    })

    test('edits the same arguments as JSON, and names what no field is for', async () => {
      const opened = await openTool('greet')
      const { page } = opened
      await argument(page, 'name').fill('Ada')
      await argument(page, 'tone').selectOption('loud')
      await page.getByRole('button', { name: 'Edit as JSON' }).click()
      const json = page.getByLabel('Arguments', { exact: true })
      expect(JSON.parse(await json.inputValue())).toEqual({ name: 'Ada', times: 1, tone: 'loud' })
      await json.fill('{"name": "Bob", "colour": "red"}')
      await page.getByRole('button', { name: 'Run' }).click()
      await page.getByText(/colour: unknown argument/).waitFor()
      await json.fill('{"name": "Bob", "twice": false}')
      await page.getByRole('button', { name: 'Edit as form' }).click()
      expect([await argument(page, 'name').inputValue(), await argument(page, 'twice').inputValue()]).toEqual(['Bob', 'false'])
      await page.getByRole('button', { name: 'Copy as curl' }).click()
      expect(await copied(page)).toContain(`-d '{"name":"Bob","twice":false}' ${gateway.url}/demo/openapi/tools/greet`)
      await expectQuiet(opened, gateway)
    })

    test('shows what a tool failed with as text, and cancels a call', async () => {
      const opened = await openTool('fail')
      const { page } = opened
      await page.getByRole('button', { name: 'Run' }).click()
      await page.getByRole('alert').filter({ hasText: 'The printer <b>is</b> on fire.' }).waitFor()
      expect(await page.getByText(/422 tool_error .* request [0-9a-f-]+/).isVisible()).toBe(true)
      await page.locator('summary', { hasText: 'wait' }).click()
      const wait = page.locator('details', { has: page.locator('summary', { hasText: 'wait' }) })
      await wait.getByRole('button', { name: 'Run' }).click()
      await wait.getByRole('button', { name: 'Cancel' }).click()
      await wait.getByText('Cancelled.', { exact: true }).waitFor()
      await expectQuiet(opened, gateway)
    })

    test('is used with the keyboard alone', async () => {
      const opened = await open('/demo/openapi/docs')
      const { page } = opened
      await waitForFocus(page.getByLabel('Token', { exact: true }))
      await page.keyboard.type(gateway.token)
      await page.keyboard.press('Enter')
      await page.locator('summary').first().waitFor()
      await tabTo(page.locator('summary', { hasText: 'greet' }))
      await page.keyboard.press('Enter')
      await argument(page, 'name').waitFor()
      await tabTo(argument(page, 'name'))
      await page.keyboard.type('Ada')
      await page.keyboard.press('Control+Enter')
      await page.getByRole('region', { name: 'Result' }).filter({ hasText: 'Hello Ada.' }).waitFor()
      await expectQuiet(opened, gateway)
    })

    test.each(LOOKS)('is readable at $width px, $colorScheme', async (look) => {
      const opened = await openTool('greet', look)
      await opened.page.getByRole('button', { name: 'Run' }).click()
      await opened.page.getByText('422 invalid_arguments').waitFor()
      await expectReadable(opened.page)
      await expectQuiet(opened, gateway)
    })

    test('offers a filter when there are many tools, and names every namespace in the document of all', async () => {
      const opened = await open('/openapi/docs')
      const { page } = opened
      await enterToken(page, gateway.token)
      const shown = page.locator('summary code').filter({ visible: true })
      await shown.first().waitFor()
      expect(await shown.count()).toBe(3 + MANY_TOOLS)
      await page.getByRole('searchbox', { name: 'Filter tools by name' }).fill('TOOL7')
      expect(await shown.allTextContents()).toEqual(['many__tool7'])
      await expectQuiet(opened, gateway)
    })

    test('asks for no token where none is needed, and says that there are no tools', async () => {
      const empty = await startGateway({ env: { AUTH_DISABLED: 'true', BEARER_TOKEN: undefined }, dataDir: await emptyDataDir() })
      try {
        const { page, complaints } = await open('/openapi/docs', {}, empty)
        await page.getByText('No tools are published here.').waitFor()
        expect(await page.getByLabel('Token', { exact: true }).isVisible()).toBe(false)
        expect(complaints).toEqual([])
      } finally {
        await empty.dispose()
        await rm(empty.dataDir, { recursive: true })
      }
    })

    test('of a namespace that is not published says so', async () => {
      const { page } = await open('/nowhere/openapi/docs')
      await enterToken(page, gateway.token)
      await page.getByText('Nothing is published at this address.').waitFor()
    })
  })

  test('runs no script of anybody else and reaches no other address', async () => {
    const { page } = await open('/demo/openapi/docs')
    const violationOf = (attempt: string) =>
      page.evaluate<string>(`new Promise((done) => {
        document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), { once: true })
        ${attempt}
      })`)
    const script = `document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = true' }))`
    expect(await violationOf(script)).toBe('script-src-elem')
    expect(await violationOf(`fetch('http://127.0.0.1:9/').catch(() => {})`)).toBe('connect-src')
    expect(await page.evaluate('window.ran')).toBeUndefined()
  })

  test('a gateway that stops is said in place, and what failed can be tried again when it is back', async () => {
    const first = await startGateway({ namespaces: { demo: DEMO } })
    let second: Gateway | undefined
    try {
      const { page: docs } = await open('/demo/openapi/docs', {}, first)
      await enterToken(docs, first.token)
      await docs.locator('summary', { hasText: 'greet' }).click()
      await argument(docs, 'name').fill('Ada')
      await first.stop()

      await docs.getByRole('button', { name: 'Run' }).click()
      await docs.getByText('The gateway does not answer. Is it running? Press Run to try again.').waitFor()

      second = await startGateway({ dataDir: first.dataDir, env: { BEARER_TOKEN: first.token, ADMIN_PORT: String(first.port) } })
      await docs.getByRole('button', { name: 'Run' }).click()
      await docs.getByText('Hello Ada.').waitFor()
    } finally {
      await second?.dispose()
      await first.dispose()
    }
  })
})
