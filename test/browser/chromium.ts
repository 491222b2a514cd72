import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { chromiumProgram, skipNotice } from '../skips.ts'

/** No sandbox, because tests run as root in containers; and no requests of the browser's own. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** For a condition to come true; long, because a busy machine is no failure. */
export const CONDITION_TIMEOUT_MS = 60_000

/** @throws when there is no Chromium. */
export function launchChromium(): Promise<Browser> {
  const executablePath = chromiumProgram()
  if (executablePath === undefined) throw new Error(skipNotice('chromium'))
  return chromium.launch({ executablePath, args: FLAGS, timeout: 60_000 })
}

export interface Look {
  readonly width?: number
  readonly height?: number
  readonly colorScheme?: 'light' | 'dark'
}

/** A page with what it did beyond what is seen. */
export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors and warnings of the console, and exceptions nobody caught. */
  readonly complaints: string[]
  /** Addresses it asked for. */
  readonly requested: string[]
}

/** Opens `url` in a fresh profile that may use the clipboard; `prepare` is done before, such as signing in. */
export async function visit(
  browser: Browser,
  url: string,
  { width = 1280, height = 800, colorScheme = 'light' }: Look = {},
  prepare?: (context: BrowserContext) => Promise<void>,
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: 'en-GB', timezoneId: 'UTC' })
  context.setDefaultTimeout(CONDITION_TIMEOUT_MS)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(url).origin })
  await prepare?.(context)
  const page = await context.newPage()
  const complaints: string[] = []
  const requested: string[] = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => requested.push(request.url()))
  await page.goto(url)
  return { page, context, complaints, requested }
}

/** Enters a token where a page asks for one. */
export async function enterToken(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token', { exact: true }).fill(token)
  await page.keyboard.press('Enter')
}
