import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readPackageTypes } from './package-types.ts'

const PLENTY = 1_000_000

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tooldock-types-'))
})
afterEach(() => rm(dir, { recursive: true }))

const write = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(join(dir, path)), { recursive: true })
  await writeFile(join(dir, path), content)
}
const pathsOf = async (names: readonly string[], bytesMax = PLENTY) => (await readPackageTypes(dir, names, bytesMax)).files.map(({ path }) => path)

it('reads what was asked for first, then what that imports, with types that are a package of their own', async () => {
  await write('node_modules/one/package.json', '{"dependencies":{"@scope/two":"1"}}')
  await write('node_modules/one/lib/one.d.mts', 'export {}')
  await write('node_modules/one/lib/one.js', '')
  await write('node_modules/@scope/two/package.json', '{"dependencies":{"one":"1"}}')
  await write('node_modules/@types/scope__two/index.d.ts', 'export {}')
  await write('node_modules/other/index.d.ts', 'export {}')
  expect((await pathsOf(['one', 'missing'])).sort()).toEqual([
    'node_modules/@scope/two/package.json',
    'node_modules/@types/scope__two/index.d.ts',
    'node_modules/one/lib/one.d.mts',
    'node_modules/one/package.json',
  ])
})

it('leaves the folder by no name and by no link, and stops at its bound', async () => {
  await write('node_modules/one/package.json', '{"dependencies":{"../../secret":"1"}}')
  await write('secret/index.d.ts', 'secret')
  await symlink(join(dir, 'secret'), join(dir, 'node_modules/linked'))
  await symlink(join(dir, 'secret/index.d.ts'), join(dir, 'node_modules/one/linked.d.ts'))
  expect(await pathsOf(['one', 'linked', '../secret', '..'])).toEqual(['node_modules/one/package.json'])
  expect(await readPackageTypes(dir, ['one'], 10)).toEqual({ files: [], complete: false })
})
