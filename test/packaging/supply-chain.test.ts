import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPackage, bundledPackages } from '../../scripts/build-package.ts'
import { writeSbom } from '../../scripts/sbom.ts'

/** Licences that let us ship what is under them: none asks that our own code comes under it. Another needs a person's look. */
const ALLOWED = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'Unlicense', 'OFL-1.1'])

interface LockEntry {
  readonly version: string
  readonly license?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  readonly dev?: boolean
  readonly link?: boolean
}

let folder: string
let shipped: (LockEntry & { readonly name: string })[]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tooldock-supply-'))
  buildPackage(folder)
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockEntry> }
  const entries = Object.entries(packages).filter(([path, { dev, link }]) => path.startsWith('node_modules/') && !dev && !link)
  shipped = entries.map(([path, entry]) => ({ ...entry, name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length) }))
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('everything that ships is under a licence that allows it', () => {
  const licences = [...shipped.map(({ name, license }) => [name, license]), ...bundledPackages().map(({ name, identifier }) => [name, identifier])]
  expect(licences.length).toBeGreaterThan(100)
  expect(licences.filter(([, licence]) => !ALLOWED.has(licence ?? ''))).toEqual([])
})

test('everything that ships is fixed by its content, and nothing of it runs while it is installed', () => {
  expect(shipped.filter(({ integrity }) => integrity === undefined).map(({ name }) => name)).toEqual([])
  expect(shipped.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name)).toEqual([])
})

test('the texts of the licences of what is built in come along', () => {
  const notices = readFileSync(join(folder, 'THIRD-PARTY-LICENSES.md'), 'utf8')
  for (const name of ['react', 'typescript', '@codemirror/view', '@fontsource-variable/jetbrains-mono'])
    expect(notices).toMatch(new RegExp(`^## ${name} \\S+ \\(.+\\)\n\n\\S`, 'm'))
})

test('the bill of materials names every package that ships, in its version', () => {
  const listed = new Set(writeSbom(folder).components.map(({ name, version }) => `${name}@${version}`))
  const missing = [...shipped, ...bundledPackages()].map(({ name, version }) => `${name}@${version}`).filter((it) => !listed.has(it))
  expect(missing).toEqual([])
}, 60_000)
