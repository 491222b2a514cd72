import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Folder, listFolders, readFolder, writeTsconfig } from './folder.ts'

const LIMITS = { namespaceBytesMax: 10_000, namespaceFilesMax: 20 }
let tools: string
beforeEach(async () => {
  tools = await realpath(await mkdtemp(join(tmpdir(), 'tooldock-folder-')))
})
afterEach(() => rm(tools, { recursive: true, force: true }))

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(tools, 'ns', path)), { recursive: true })
    await writeFile(join(tools, 'ns', path), content)
  }
}
async function read(): Promise<Folder> {
  const folder = await readFolder(tools, 'ns', LIMITS)
  if (folder === undefined) throw new Error('no folder')
  return folder
}
const paths = (folder: Folder): readonly string[] => folder.files.map(({ path }) => path)

it('takes every file but secrets, dependencies and what is generated', async () => {
  await write({
    'a.ts': '1',
    'lib/b.ts': '2',
    'data.json': '{}',
    '.env': 'SECRET=1',
    '.git/config': 'x',
    'node_modules/x/index.js': 'x',
    'lib/node_modules/y.js': 'y',
    'tsconfig.json': '{}',
    'lib/tsconfig.json': '{}',
  })
  const folder = await read()
  expect(paths(folder)).toEqual(['a.ts', 'data.json', 'lib/b.ts', 'lib/tsconfig.json'])
  expect(folder.problems).toEqual([])
})

it('has another hash when a name or a content changes, and the same one otherwise', async () => {
  await write({ 'a.ts': '1', 'b.ts': '2' })
  const { filesHash } = await read()
  await write({ 'node_modules/x.js': 'x', '.env': 'x' })
  expect((await read()).filesHash).toBe(filesHash)
  await write({ 'b.ts': '3' })
  expect((await read()).filesHash).not.toBe(filesHash)
  await write({ 'b.ts': '2' })
  expect((await read()).filesHash).toBe(filesHash)
  await rm(join(tools, 'ns/b.ts'))
  await write({ 'c.ts': '2' })
  expect((await read()).filesHash).not.toBe(filesHash)
})

it('follows links to files of the folder and refuses every other link by name', async () => {
  await write({ 'a.ts': '1', 'lib/b.ts': '2' })
  await writeFile(join(tools, 'outside.ts'), 'secret')
  await symlink('a.ts', join(tools, 'ns/inside.ts'))
  await symlink(join(tools, 'outside.ts'), join(tools, 'ns/out.ts'))
  await symlink('lib', join(tools, 'ns/folder'))
  await symlink('nowhere', join(tools, 'ns/broken'))
  const folder = await read()
  expect(paths(folder)).toEqual(['a.ts', 'inside.ts', 'lib/b.ts'])
  expect(Object.fromEntries(folder.problems.map(({ file, code }) => [file, code]))).toEqual({
    'out.ts': 'link_leaves_folder',
    folder: 'not_a_file',
    broken: 'broken_link',
  })
})

it('refuses a folder beyond its bounds without reading it', async () => {
  await write({ 'big.ts': 'x'.repeat(10_001) })
  expect((await read()).problems).toMatchObject([{ code: 'folder_too_large' }])
  await rm(join(tools, 'ns'), { recursive: true })
  await write(Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`${index}.ts`, 'x'])))
  expect((await read()).problems).toMatchObject([{ code: 'too_many_files' }])
})

it.each([
  ['{ "description": 1 }', { line: 1, column: 3, message: /^description: / }],
  ['{\n  "permisions": []\n}', { line: 2, column: 3, message: /permisions/ }],
  ['{\n  "env": {\n    "bad-name": "x"\n  }\n}', { line: 3, column: 5, message: /names are like/ }],
  ['{\n  "title": "x",\n}', { line: 3, column: 1, message: /./ }],
  ['{', { line: 1, column: 2, message: /./ }],
  ['[]', { message: /object/ }],
])('says where a manifest is wrong: %j', async (text, { message, ...place }) => {
  await write({ 'tooldock.json': text })
  const { problems } = await read()
  expect(problems).toMatchObject([{ file: 'tooldock.json', ...place }])
  expect(problems[0]?.message).toMatch(message)
})

it('names Python files as not served', async () => {
  await write({ 'a.ts': '1', 'old.py': 'x' })
  expect(await read()).toMatchObject({ problems: [], warnings: ['Python files are not served: old.py.'] })
})

it('answers nothing for what is missing or no folder', async () => {
  await writeFile(join(tools, 'file'), 'x')
  expect(await readFolder(tools, 'nothing', LIMITS)).toBeUndefined()
  expect(await readFolder(tools, 'file', LIMITS)).toBeUndefined()
})

it('lists the folders that can be namespaces, and the others with the reason', async () => {
  for (const name of ['good', 'x-1', 'Bad', 'api', 'a__b', '.hidden', '_lib']) await mkdir(join(tools, name))
  await writeFile(join(tools, 'tool.ts'), '')
  const { names, ignored } = await listFolders(tools)
  expect(names).toEqual(['good', 'x-1'])
  expect(ignored.map(({ name }) => name).sort()).toEqual(['Bad', '_lib', 'a__b', 'api'])
})

it('never replaces a tsconfig.json', async () => {
  await writeTsconfig(tools, 'ours')
  await writeTsconfig(tools, 'theirs')
  expect(await readFile(join(tools, 'tsconfig.json'), 'utf8')).toBe('ours')
})
