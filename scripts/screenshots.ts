// `npm run screenshots`: the pictures of docs/images, of a real gateway with the example namespaces and some calls.
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { enterToken, type Look } from '../test/browser/chromium.ts'
import { startUi, type Ui } from '../test/browser/ui.ts'

const PROJECT = dirname(import.meta.dirname)
const IMAGES = join(PROJECT, 'docs/images')
/** The addresses in the pictures are those of a gateway with default settings. */
const DEFAULT_PORT = 13_000
const CALLS = 40

interface Picture {
  readonly file: string
  readonly path: string
  /** What must be there, and what is done, before it is taken. */
  readonly prepare?: (page: Page) => Promise<void>
}

const UI_PAGES: readonly Picture[] = [
  { file: 'home', path: '/?last=1h', prepare: (page) => page.locator('canvas').waitFor() },
  { file: 'namespaces', path: '/namespaces' },
  { file: 'namespace', path: '/namespaces/shared' },
  { file: 'connect', path: '/namespaces/shared/connect' },
  { file: 'files', path: '/namespaces/shared/files', prepare: editorShown },
  { file: 'playground', path: '/playground?namespace=shared&tool=text_statistics' },
  { file: 'servers', path: '/servers' },
  { file: 'add-server', path: '/add-server' },
  { file: 'calls', path: '/calls' },
  { file: 'logs', path: '/logs' },
  { file: 'access', path: '/access' },
  { file: 'settings', path: '/settings' },
  { file: 'secrets', path: '/settings?tab=secrets' },
]
const LOOKS: readonly (Required<Look> & { readonly suffix: string })[] = [
  { suffix: '', width: 1280, height: 760, colorScheme: 'light' },
  { suffix: '-dark', width: 1280, height: 760, colorScheme: 'dark' },
  { suffix: '-narrow', width: 390, height: 760, colorScheme: 'light' },
  { suffix: '-narrow-dark', width: 390, height: 760, colorScheme: 'dark' },
]

async function runTextStatistics(page: Page): Promise<void> {
  await page.locator('summary', { hasText: 'text_statistics' }).click()
  await page.getByLabel(/^text /).fill('To be, or not to be: that is the question.')
  await page.getByLabel(/^top /).fill('2')
  await page.getByRole('button', { name: 'Run' }).click()
  await page.getByRole('region', { name: 'Result' }).waitFor()
}

/** With the colours of its language and what the compiler thinks of it, both of which come after the page. */
async function editorShown(page: Page): Promise<void> {
  await page.locator('.cm-content').waitFor()
  await page.locator('.cm-line span').first().waitFor()
  await page.getByText(/^(Saved|The folder loads)/).waitFor()
}

/** Something to be seen: changes, and calls that went well and some that did not. */
async function makeTraffic({ gateway }: Ui): Promise<void> {
  for (const name of ['laptop', 'nightly-report']) await gateway.http('/api/keys', { method: 'POST', body: { name, role: 'caller', namespaces: ['shared'] } })
  await gateway.http('/api/secrets/WEATHER_TOKEN', { method: 'PUT', body: { value: 'not-a-real-one' } })
  await gateway.http('/api/secrets/DATABASE_PASSWORD', { method: 'PUT', body: { value: 'nor-is-this', namespace: 'notes' } })
  for (const namespace of ['notes', 'shared']) await gateway.reload(namespace)
  for (let call = 0; call < CALLS; call++) {
    await gateway.rest('shared', 'current_time')
    if (call % 2 === 0) await gateway.rest('shared', 'text_statistics', { text: 'To be, or not to be. '.repeat(call) })
    if (call % 8 === 0) await gateway.rest('shared', 'text_statistics', {})
  }
}

/** Nothing is on its way any more, and everything has faded in. */
async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  const busy = page.locator('[aria-busy=true]')
  while ((await busy.count()) > 0) await busy.first().waitFor({ state: 'detached' })
  await page.evaluate('document.fonts.ready')
  await page.evaluate('Promise.all(document.getAnimations().filter((it) => it.effect.getComputedTiming().iterations !== Infinity).map((it) => it.finished))')
}

async function takePictures(ui: Ui): Promise<void> {
  for (const { suffix, ...look } of LOOKS) {
    for (const { file, path, prepare } of UI_PAGES) {
      const { page } = await ui.open(path, look)
      await settled(page)
      await prepare?.(page)
      await page.screenshot({ path: join(IMAGES, `${file}${suffix}.png`), animations: 'disabled', caret: 'hide' })
      await ui.closePages()
      console.log(`wrote docs/images/${file}${suffix}.png`)
    }
  }
  const { page } = await ui.openSignedOut('/shared/openapi/docs', { width: 1280, height: 640 })
  await enterToken(page, ui.gateway.token)
  await runTextStatistics(page)
  await page.screenshot({ path: join(IMAGES, 'docs-page.png'), fullPage: true, animations: 'disabled', caret: 'hide' })
  console.log('wrote docs/images/docs-page.png')
}

const ui = await startUi({ env: { ADMIN_PORT: String(DEFAULT_PORT) } })
try {
  await mkdir(IMAGES, { recursive: true })
  await makeTraffic(ui)
  await takePictures(ui)
} finally {
  await ui.close()
}
