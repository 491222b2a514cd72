// `npm run screenshots`: the pictures of docs/images, of a real gateway with the example namespaces.
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { enterToken, launchChromium, visit } from '../test/browser/chromium.ts'
import { type Gateway, startGateway } from '../test/system/gateway.ts'

const PROJECT = dirname(import.meta.dirname)
const IMAGES = join(PROJECT, 'docs/images')
/** The addresses in the pictures are those of a gateway with default settings. */
const DEFAULT_PORT = 13_000

const PICTURES: readonly { readonly file: string; readonly path: string; readonly prepare: (page: Page) => Promise<void> }[] = [
  { file: 'start-page.png', path: '/', prepare: (page) => page.getByRole('table').waitFor() },
  { file: 'docs-page.png', path: '/shared/openapi/docs', prepare: runTextStatistics },
]

async function runTextStatistics(page: Page): Promise<void> {
  await page.locator('summary', { hasText: 'text_statistics' }).click()
  await page.getByLabel(/^text /).fill('To be, or not to be: that is the question.')
  await page.getByLabel(/^top /).fill('2')
  await page.getByRole('button', { name: 'Run' }).click()
  await page.getByRole('region', { name: 'Result' }).waitFor()
}

async function takePicture(browser: Browser, { url, token }: Gateway, { file, path, prepare }: (typeof PICTURES)[number]): Promise<void> {
  const { page, context } = await visit(browser, `${url}${path}`, { width: 1280, height: 640 })
  await enterToken(page, token)
  await prepare(page)
  await page.screenshot({ path: join(IMAGES, file), fullPage: true, animations: 'disabled', caret: 'hide' })
  await context.close()
}

const gateway = await startGateway({ env: { ADMIN_PORT: String(DEFAULT_PORT) } })
try {
  // The first call of a namespace starts its worker, which is not the time to show.
  await gateway.rest('shared', 'current_time')
  const browser = await launchChromium()
  try {
    await mkdir(IMAGES, { recursive: true })
    for (const picture of PICTURES) {
      await takePicture(browser, gateway, picture)
      console.log(`wrote docs/images/${picture.file}`)
    }
  } finally {
    await browser.close()
  }
} finally {
  await gateway.dispose()
}
