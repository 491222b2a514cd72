import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { type Gateway, type GatewayOptions, startGateway } from '../system/gateway.ts'
import { CONDITION_TIMEOUT_MS, type Look, launchChromium, type Visit, visit } from './chromium.ts'

const ROOT = join(import.meta.dirname, '../..')
/** What Chromium itself prints for an answer that is an error, which the pages expect and show. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (4\d\d|503)/

const SHIFT_SCORE_MAX = 0.01
const WATCH_SHIFTS = `globalThis.layoutShifts = []
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries())
    if (!hadRecentInput) layoutShifts.push({ score: value, what: sources.map(({ node }) => (node?.outerHTML ?? node?.textContent ?? '').slice(0, 120)) })
}).observe({ type: 'layout-shift', buffered: true })`

/** A gateway, a browser, and pages of the admin UI in it. For `beforeAll` and `afterAll`. */
export interface Ui {
  readonly gateway: Gateway
  readonly browser: Browser
  /** Opens an address such as `/servers`, signed in, in a fresh profile. */
  open(path: string, look?: Look): Promise<Visit>
  /** The same with nobody signed in. */
  openSignedOut(path: string, look?: Look): Promise<Visit>
  /** Closes what was opened; for `afterEach`. */
  closePages(): Promise<void>
  close(): Promise<void>
}

/** Builds the UI when its sources changed, as `npm test` does, and starts a gateway with it. */
export async function startUi(options: GatewayOptions = {}): Promise<Ui> {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs'], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const gateway = await startGateway({ readyTimeoutMs: CONDITION_TIMEOUT_MS, ...options })
  const browser = await launchChromium().catch(async (error) => {
    await gateway.dispose()
    throw error
  })
  let visits: Visit[] = []
  const open = async (path: string, look: Look | undefined, prepare?: (context: BrowserContext) => Promise<void>): Promise<Visit> => {
    const opened = await visit(browser, `${gateway.url}${path}`, look, prepare)
    visits.push(opened)
    return opened
  }
  const closePages = async (): Promise<void> => {
    for (const { context } of visits) await context.close()
    visits = []
  }
  return {
    gateway,
    browser,
    open: (path, look) =>
      open(path, look, async (context) => {
        await context.addInitScript(WATCH_SHIFTS)
        await signIn(context, gateway)
      }),
    openSignedOut: (path, look) => open(path, look),
    closePages,
    close: async () => {
      try {
        await browser.close()
        await gateway.stop()
      } finally {
        await gateway.dispose()
      }
    },
  }
}

/** Gives a profile the cookie of a session, as the sign-in page does. */
async function signIn(context: BrowserContext, { url, token }: Gateway): Promise<void> {
  const answer = await context.request.post(`${url}/api/session`, { data: { token } })
  expect(answer.status(), await answer.text()).toBe(200)
}

/**
 * What holds on every page, whatever was done on it: nothing complained (so nothing was against the
 * Content-Security-Policy), no other address was asked, and no secret is in the page or kept by it.
 */
export async function expectClean({ page, complaints, requested }: Visit, { url, token }: Gateway): Promise<void> {
  expect(complaints.filter((line) => !EXPECTED.test(line))).toEqual([])
  expect(requested.filter((address) => !address.startsWith(`${url}/`) && !/^(data|blob):/.test(address))).toEqual([])
  const stored = await page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')
  expect([...requested, page.url(), await page.content(), stored].join()).not.toContain(token)
}

/**
 * Since it was loaded nothing on the page moved that nobody moved: the score of the browser's own layout shifts, of which
 * 0.1 counts as good, stays below a hundredth.
 */
export async function expectStill(page: Page): Promise<void> {
  const moved = await page.evaluate<{ readonly score: number; readonly what: readonly string[] }[]>('globalThis.layoutShifts')
  const score = moved.reduce((sum, shift) => sum + shift.score, 0)
  expect(score, `${page.url()} moved: ${JSON.stringify(moved, null, 2)}`).toBeLessThan(SHIFT_SCORE_MAX)
}

/** No part of the page is wider than the window. */
export async function expectNoSideways(page: Page): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'no horizontal scrolling').toBe(true)
}
