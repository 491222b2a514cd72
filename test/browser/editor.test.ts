import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { expectAccessible } from './axe.ts'
import { CONDITION_TIMEOUT_MS, type Look } from './chromium.ts'
import { expectClean, expectNoSideways, startUi, type Ui } from './ui.ts'

const LOOKS: readonly Look[] = [
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 1280, height: 800, colorScheme: 'dark' },
  { width: 2560, height: 1300, colorScheme: 'light' },
]

const adder = (words: string): string => `import { defineTool } from 'tooldock'
import { z } from 'zod'

export const add = defineTool({
  description: '${words}',
  input: z.object({ a: z.number(), b: z.number() }),
  handler: ({ a, b }) => a + b,
})
`

describe('the editor of a namespace', { ...requireOrSkip('chromium'), timeout: 300_000 }, () => {
  let ui: Ui
  beforeAll(async () => {
    const names = ['desk', 'drafts', 'shared', 'past', 'looks']
    ui = await startUi({ namespaces: Object.fromEntries(names.map((name) => [name, { 'add.ts': adder('Adds.') }])) })
  }, 240_000)
  afterEach(() => ui.closePages())
  afterAll(() => ui.close())

  const poll = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: CONDITION_TIMEOUT_MS })
  const code = (page: Page, path: string): Locator => page.locator(`[data-code-editor="${path}"] .cm-content`)
  const openFile = async (namespace: string, path = 'add.ts', look?: Look) => {
    const opened = await ui.open(`/namespaces/${namespace}/files?file=${path}`, look)
    await code(opened.page, path).waitFor()
    return opened
  }
  const write = async (page: Page, path: string, text: string): Promise<void> => {
    await code(page, path).click()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText(text)
  }
  const dialog = (page: Page): Locator => page.getByRole('dialog')
  const publish = async (page: Page, path: string): Promise<void> => {
    await page.keyboard.press('Control+s')
    await dialog(page).getByRole('button', { name: 'Publish' }).click()
    await page.getByText(`${path} published`).waitFor()
  }
  const describedAs = async (namespace: string): Promise<string> => (await ui.gateway.http(`/api/tools/${namespace}/add`)).json.description

  test('writes a tool, breaks it, shows the line, publishes it when it is right, and calls it', async () => {
    const opened = await openFile('desk')
    const { page } = opened
    await page.getByRole('button', { name: 'New file' }).click()
    await dialog(page).getByLabel('Name').fill('greet.ts')
    await page.getByRole('button', { name: 'Create file' }).click()
    await code(page, 'greet.ts').click()
    await page.keyboard.press('Control+End')
    await page.keyboard.insertText('\nexport const = 1\n')
    const problems = page.getByRole('list', { name: 'Problems' })
    await problems.getByText(/greet\.ts:12/).waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Control+s')
    await dialog(page).getByText('does not load with this change').waitFor()
    expect(await dialog(page).getByRole('button', { name: 'Publish' }).count()).toBe(0)
    await expectAccessible(page)
    await dialog(page)
      .getByText(/greet\.ts:12/)
      .click()
    await poll(() => page.evaluate('document.activeElement.shadowRoot?.activeElement?.className ?? ""')).toContain('cm-content')
    await page.keyboard.press('Control+Shift+k')
    await page.getByText('The folder loads with this change').waitFor()
    await page.keyboard.press('Control+s')
    await dialog(page).getByText('New tool').waitFor()
    await dialog(page).getByRole('button', { name: 'Publish' }).click()
    await page.getByText('greet.ts published').waitFor()
    const run = page.getByRole('region', { name: 'Run' })
    await poll(() => run.getByLabel('Tool to run').inputValue()).toBe('hello')
    await run.getByLabel('name').fill('Ann')
    await page.keyboard.press('Control+Enter')
    await run.getByText('Hello, Ann!').waitFor()
    expect((await ui.gateway.rest('desk', 'hello', { name: 'Bob' })).text).toContain('Hello, Bob!')
    await expectClean(opened, ui.gateway)
  })

  test('completes the ToolDock API and warns of wrong types, from files of our own origin alone', async () => {
    const opened = await openFile('desk')
    const { page } = opened
    await write(page, 'add.ts', adder('Adds.').replace('handler: ({ a, b }) => a + b', 'handler: ({ a, c }, ctx) => { ctx.pro }'))
    await code(page, 'add.ts').locator('.cm-lintRange-warning').first().waitFor()
    await page.getByText('ctx.pro').click()
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Control+Space')
    const offered = page.locator('.cm-tooltip-autocomplete')
    await offered.getByText('progress', { exact: true }).click()
    await page.getByText('ctx.progress').waitFor()
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Discard changes' }).click()
    await expectClean(opened, ui.gateway)
  })

  test('loses nothing of what is typed faster than the page is drawn, over selections and back', async () => {
    const opened = await openFile('looks')
    const { page } = opened
    const texts: (string | null)[] = []
    for (let round = 0; round < 5; round++) {
      await write(page, 'add.ts', 'foo')
      await page.keyboard.press('Control+a')
      await page.keyboard.type('(')
      await page.keyboard.press('Control+z')
      await page.keyboard.press('Control+a')
      await page.keyboard.type('"')
      texts.push(await code(page, 'add.ts').textContent())
    }
    expect(texts).toEqual(texts.map(() => '"foo"'))
    await expectClean(opened, ui.gateway)
  })

  test('keeps what was written when the session ends, and saves it for whoever signs in again', async () => {
    const { page, context } = await openFile('looks')
    await write(page, 'add.ts', adder('Written before the session ended.'))
    await context.clearCookies()
    await page.keyboard.press('Control+s')
    const again = page.getByRole('dialog', { name: 'Your session has ended' })
    await again.getByLabel('Token', { exact: true }).fill(ui.gateway.token)
    await page.keyboard.press('Enter')
    await again.waitFor({ state: 'detached' })
    expect(await code(page, 'add.ts').textContent()).toContain('Written before the session ended.')
    await page.keyboard.press('Escape')
    await publish(page, 'add.ts')
    expect(await describedAs('looks')).toBe('Written before the session ended.')
  })

  test('keeps what does not load as a draft, says that the published version still serves, and discards it', async () => {
    const { page } = await openFile('drafts')
    await write(page, 'add.ts', adder('Half').slice(0, -5))
    await page.keyboard.press('Control+s')
    await dialog(page).getByText('The published version still serves.').waitFor()
    await dialog(page).getByRole('button', { name: 'Keep as draft' }).click()
    await page.getByText('Draft of add.ts kept').waitFor()
    await page.getByText('The published version still serves.').waitFor()
    expect((await ui.gateway.rest('drafts', 'add', { a: 1, b: 2 })).text).toContain('3')
    await page.reload()
    await page.getByText('The published version still serves.').waitFor()
    await page.getByRole('button', { name: 'Discard draft' }).click()
    await dialog(page).getByRole('button', { name: 'Discard draft' }).click()
    await poll(() => code(page, 'add.ts').textContent()).toContain("'Adds.'")
    await page.getByText('published', { exact: true }).waitFor()
  })

  test('shows both versions when two people edit one file; neither is lost', async () => {
    const [ann, bob] = [(await openFile('shared')).page, (await openFile('shared')).page]
    await write(bob, 'add.ts', adder('Adds, says Bob.'))
    await write(ann, 'add.ts', adder('Adds, says Ann.'))
    await publish(ann, 'add.ts')
    await bob.getByText('add.ts was changed by somebody else').waitFor()
    await bob.keyboard.press('Control+s')
    await dialog(bob).getByText('was changed meanwhile').waitFor()
    await expectAccessible(bob)
    const sides = dialog(bob).locator('.cm-content')
    expect(await sides.first().textContent()).toContain('says Ann')
    expect(await sides.last().textContent()).toContain('says Bob')
    await sides.last().getByText('says Bob').click()
    await bob.keyboard.press('Control+a')
    await bob.keyboard.insertText(adder('Adds, say Ann and Bob.'))
    await dialog(bob).getByRole('button', { name: 'Keep the right side' }).click()
    await poll(() => describedAs('shared')).toBe('Adds, says Ann.')
    await publish(bob, 'add.ts')
    await poll(() => describedAs('shared')).toBe('Adds, say Ann and Bob.')
    // Ann wrote nothing since, so her editor follows.
    await poll(() => code(ann, 'add.ts').textContent()).toContain('Ann and Bob')
  })

  test('goes back to an earlier version, renames and deletes, and asks before changes are lost', async () => {
    const { page } = await openFile('past')
    await write(page, 'add.ts', adder('Adds better.'))
    await publish(page, 'add.ts')
    await page.getByRole('button', { name: 'History' }).click()
    const versions = page.getByRole('list', { name: 'Versions' }).getByRole('button')
    await versions.last().click()
    await page.getByRole('button', { name: 'Put into the editor' }).click()
    await publish(page, 'add.ts')
    await poll(() => describedAs('past')).toBe('Adds.')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Rename…' }).click()
    await page.getByLabel('New name').fill('sum.ts')
    await page.getByRole('button', { name: 'Rename file' }).click()
    await code(page, 'sum.ts').waitFor()
    await write(page, 'sum.ts', adder('Not saved.'))
    await page.getByRole('link', { name: 'Playground' }).first().click()
    await dialog(page).getByText('Leave without saving?').waitFor()
    await dialog(page).getByRole('button', { name: 'Stay' }).click()
    expect(await code(page, 'sum.ts').textContent()).toContain('Not saved.')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Discard changes' }).click()
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Delete file…' }).click()
    await dialog(page).getByRole('button', { name: 'Delete file' }).click()
    await page.getByText('sum.ts deleted').waitFor()
    await page.getByText('No files yet').waitFor()
  })

  test('uploads dropped files together, and says first what they replace', async () => {
    const { page } = await openFile('looks')
    const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
    await page.getByLabel('Files to upload').setInputFiles([file('_shared.ts', 'export const one = 1\n'), file('add.ts', adder('Uploaded.'))])
    await dialog(page).getByText('replaces the file that is there').waitFor()
    await dialog(page).getByRole('button', { name: 'Upload and replace 1' }).click()
    await page.getByText('2 files uploaded').waitFor()
    await poll(() => describedAs('looks')).toBe('Uploaded.')
  })

  test.each(LOOKS)('fits and is accessible at $width px, $colorScheme', async (look) => {
    const opened = await openFile('desk', 'add.ts', look)
    await expectNoSideways(opened.page)
    await expectAccessible(opened.page)
    await expectClean(opened, ui.gateway)
  })
})
