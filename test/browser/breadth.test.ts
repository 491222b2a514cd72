import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { expectAccessible } from './axe.ts'
import { manyTools } from './demo-tools.ts'
import { expectNoSideways, expectStill, startUi, type Ui } from './ui.ts'

const TOOLS = 500
const NAMESPACES = 500
/** Those in sight, and some above and below. */
const ROWS_DRAWN_MAX = 100
/** More rows are drawn than five, but a screenful. */
const COST_RATIO_MAX = 8
/** Each list with the request it is made of, and what it says when there is nothing. */
const LISTS = [
  { path: '/namespaces', request: '/api/namespaces', empty: 'Nothing is published yet' },
  { path: '/servers', request: '/api/servers', empty: 'No servers yet' },
  { path: '/access', request: '/api/keys', empty: 'No keys yet' },
  { path: '/calls', request: '/api/calls', empty: 'No calls here' },
] as const

describe('lists of the admin UI', { ...requireOrSkip('chromium'), timeout: 240_000 }, () => {
  let ui: Ui
  beforeAll(async () => {
    ui = await startUi({ namespaces: { many: manyTools(TOOLS) } })
  }, 120_000)
  afterEach(() => ui.closePages())
  afterAll(() => ui?.close())

  /** Answers instead of the gateway: a list of nothing, a fault, or later. */
  const instead = async (page: Page, request: string, answer: 'nothing' | 'fault' | Promise<void>): Promise<void> => {
    await page.route(
      (url) => url.pathname === request,
      async (route) => {
        if (answer === 'fault')
          return route.fulfill({ status: 500, json: { error: { code: 'internal_error', message: 'It broke.', requestId: 'planted-id' } } })
        if (answer !== 'nothing') {
          await answer
          return route.continue()
        }
        const real = (await (await route.fetch()).json()) as Record<string, unknown>
        return route.fulfill({ json: Object.fromEntries(Object.entries(real).map(([name, value]) => [name, Array.isArray(value) ? [] : null])) })
      },
    )
  }

  test('say what they are for when they are empty, with what to do first', async () => {
    const { page } = await ui.open('/settings')
    for (const { path, request, empty } of LISTS) {
      await instead(page, request, 'nothing')
      await page.goto(`${ui.gateway.url}${path}`)
      await page.getByText(empty).waitFor()
      await expectAccessible(page)
    }
  })

  test('say what failed, under which request, and load when they are asked to again', async () => {
    const { page } = await ui.open('/settings')
    for (const { path, request } of LISTS) {
      await instead(page, request, 'fault')
      await page.goto(`${ui.gateway.url}${path}`)
      const alert = page.getByRole('alert').filter({ hasText: 'It broke.' })
      await alert.waitFor()
      expect(await alert.textContent()).toContain('planted-id')
      await page.unrouteAll()
      await alert.getByRole('button', { name: 'Try again' }).click()
      await alert.waitFor({ state: 'detached' })
    }
  })

  test('show at once that they are on their way', async () => {
    const { page } = await ui.open('/settings')
    for (const { path, request } of LISTS) {
      const { promise, resolve } = Promise.withResolvers<void>()
      await instead(page, request, promise)
      await page.goto(`${ui.gateway.url}${path}`)
      await page.locator('table[aria-busy=true]').waitFor()
      resolve()
      await page.locator('table[aria-busy=true]').waitFor({ state: 'detached' })
      await page.unrouteAll({ behavior: 'wait' })
    }
  })

  test(`of ${NAMESPACES} namespaces hold the rows in sight alone, and cost as little to use as those of a few`, async () => {
    const { page, context } = await ui.open('/settings')
    const devtools = await context.newCDPSession(page)
    // Of the page's own thread, so that what else the machine does is not counted.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    const workMs = async (): Promise<number> => {
      const { metrics } = await devtools.send('Performance.getMetrics')
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000
    }
    const costOf = async (count: number): Promise<number> => {
      await page.unrouteAll()
      await page.route(
        (url) => url.pathname === '/api/namespaces',
        async (route) => {
          const { namespaces } = (await (await route.fetch()).json()) as { readonly namespaces: readonly object[] }
          return route.fulfill({ json: { namespaces: Array.from({ length: count }, (_, index) => ({ ...namespaces[0], name: `space${index}` })) } })
        },
      )
      await page.goto(`${ui.gateway.url}/namespaces`)
      await page.getByRole('row', { name: /space0/ }).waitFor()
      await expectStill(page)
      const before = await workMs()
      for (const key of ['s', 'p', 'a', 'c', 'e', '4']) await page.getByLabel('Search namespaces').press(key)
      await page.getByRole('row', { name: /space4\b/ }).waitFor()
      await page.getByLabel('Search namespaces').press('Escape')
      await page.getByRole('row', { name: /space0/ }).waitFor()
      await page.getByRole('row', { name: /space0/ }).focus()
      for (let press = 0; press < 10; press++) await page.keyboard.press('j')
      return (await workMs()) - before
    }
    const few = await costOf(5)
    const many = await costOf(NAMESPACES)
    expect(await page.getByRole('row').count()).toBeLessThan(ROWS_DRAWN_MAX)
    expect(many / few, `${Math.round(many)} ms beside ${Math.round(few)} ms`).toBeLessThan(COST_RATIO_MAX)
    // The last one is reached all the same.
    await page.evaluate(`document.querySelector('table').parentElement.scrollTo(0, 1e6)`)
    await page.locator(`tr[aria-rowindex="${NAMESPACES + 1}"]`).waitFor()
  })

  test(`with ${TOOLS} tools are searched, sorted and walked`, async () => {
    const { page } = await ui.open('/namespaces/many/tools')
    await page.getByRole('row', { name: /tool/ }).first().waitFor()
    await page.getByLabel('Search tools').fill('499')
    await page.getByRole('row', { name: /499/ }).waitFor()
    expect(await page.getByRole('row').count()).toBeLessThan(10)
    await page.goto(`${ui.gateway.url}/playground?namespace=many`)
    await page
      .getByText(/499|tool/)
      .first()
      .waitFor()
    await expectNoSideways(page)
    await page.setViewportSize({ width: 390, height: 800 })
    await expectNoSideways(page)
  })
})
