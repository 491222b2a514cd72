import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Gateway } from '../system/gateway.ts'
import { CONDITION_TIMEOUT_MS, type Visit } from './chromium.ts'

const LOW_CONTRAST = readFileSync(join(import.meta.dirname, 'low-contrast.js'), 'utf8')
/** What Chromium itself prints for an answer that is an error, which the pages expect and show. */
const EXPECTED = /^Failed to load resource: the server responded with a status of 422/
const TABS_MAX = 20

/** What holds on every page, whatever was done on it: no complaints, no other addresses, and the token nowhere but in memory. */
export async function expectQuiet({ page, context, complaints, requested }: Visit, { url, token }: Gateway): Promise<void> {
  expect(complaints.filter((line) => !EXPECTED.test(line))).toEqual([])
  expect(requested.filter((address) => !address.startsWith(`${url}/`))).toEqual([])
  expect([...requested, page.url(), await page.content()].join()).not.toContain(token)
  expect(await context.storageState({ indexedDB: true })).toEqual({ cookies: [], origins: [] })
  expect(await page.evaluate('sessionStorage.length + localStorage.length')).toBe(0)
}

export async function expectReadable(page: Page): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'no horizontal scrolling').toBe(true)
  expect(await page.evaluate(LOW_CONTRAST), 'texts of low contrast').toEqual([])
}

export async function isFocused(target: Locator): Promise<boolean> {
  return (await target.and(target.page().locator(':focus')).count()) === 1
}

export async function waitForFocus(target: Locator): Promise<void> {
  await expect.poll(() => isFocused(target), { timeout: CONDITION_TIMEOUT_MS }).toBe(true)
}

/** Presses Tab until `target` has the focus, and shows that this is seen. */
export async function tabTo(target: Locator): Promise<void> {
  const page = target.page()
  for (let tabs = 0; tabs < TABS_MAX && !(await isFocused(target)); tabs++) await page.keyboard.press('Tab')
  expect(await isFocused(target)).toBe(true)
  expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'the focus is seen').toBe('solid')
}

/** The contents of the clipboard once a button says that it copied. */
export async function copied(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  return page.evaluate<string>('navigator.clipboard.readText()')
}
