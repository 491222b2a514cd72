import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkImports } from '../scripts/check-imports.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tooldock-imports-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** The names of the rules that a file of this text breaks. */
async function broken(path: string, text: string, beside: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const files = {
    'packages/server/src/store/store.ts': 'export interface Store { close(): void }\n',
    'packages/server/src/kernel/clock.ts': 'export const now = 1\n',
    'packages/worker/src/load.ts': 'export const load = 1\n',
    ...beside,
    [path]: text,
  }
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), content)
  }
  const { modules, violations } = await checkImports(root)
  expect(modules).toBeGreaterThanOrEqual(Object.keys(files).length - 1)
  return violations.map((violation) => violation.slice(0, violation.indexOf(':')))
}

test('a planted import of the store in the data plane is found, even of a type', async () => {
  expect(await broken('packages/server/src/mcp/a.ts', "import type { Store } from '../store/store.ts'\nexport type A = Store\n")).toContain(
    'data-plane-without-store',
  )
})

test('a planted import across the border of the admin UI is found', async () => {
  const text = "import { now } from '../../../server/src/kernel/clock.ts'\nexport const a = now\n"
  expect(await broken('packages/admin-ui/src/api/a.ts', text)).toContain('ui-knows-the-api-alone')
})

test('a planted import of the API in a generic part of the admin UI is found', async () => {
  expect(
    await broken('packages/admin-ui/src/ui/a.tsx', "import { b } from '../api/b.ts'\nexport const a = b\n", {
      'packages/admin-ui/src/api/b.ts': 'export const b = 1\n',
    }),
  ).toContain('ui-parts-are-generic')
})

test('a planted import against the direction of the layers is found', async () => {
  expect(await broken('packages/server/src/kernel/a.ts', "import type { Store } from '../store/store.ts'\nexport type A = Store\n")).toContain(
    'kernel-imports-no-sibling',
  )
  expect(await broken('packages/server/src/catalog/a.ts', "import { b } from '../http/b.ts'\nexport const a = b\n")).toContain('resolvable')
})

test('a planted cycle is found', async () => {
  expect(await broken('packages/server/src/kernel/clock.ts', "import { now as then } from './clock.ts'\nexport const now = then\n")).toContain('no-cycle')
})

test('a planted child process and a planted database are found outside their folders', async () => {
  expect(await broken('packages/server/src/namespaces/a.ts', "import { spawn } from 'node:child_process'\nexport const a = spawn\n")).toContain(
    'children-by-process',
  )
  expect(await broken('packages/server/src/namespaces/a.ts', "import { DatabaseSync } from 'node:sqlite'\nexport const a = DatabaseSync\n")).toContain(
    'databases-by-store',
  )
})

test('a planted path into another package is found', async () => {
  const rules = await broken('packages/server/src/namespaces/a.ts', "import { load } from '../../../worker/src/load.ts'\nexport const a = load\n")
  expect(rules).toEqual(expect.arrayContaining(['gateway-never-loads-tools', 'packages-meet-at-their-exports']))
})
