import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

interface Violation {
  readonly id: string
  readonly impact: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** axe finds no serious or critical issue on the page as it is now, in WCAG 2.2 A and AA and the best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  // What is fading in has the contrast of nothing yet.
  await page.evaluate(
    'Promise.all(document.getAnimations().filter((it) => it.effect.getComputedTiming().iterations !== Infinity).map((it) => it.finished.catch(() => {})))',
  )
  // Not by a <script> element, which the Content-Security-Policy would stop.
  const violations = await page.evaluate<Violation[]>(
    `(() => { ${axe.source}; return axe.run(document, { resultTypes: ['violations'] }) })().then(({ violations }) => violations)`,
  )
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    serious.map(
      ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html.slice(0, 200)}\n  ${failureSummary ?? ''}`).join('\n')}`,
    ),
  ).toEqual([])
}
