import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createServerFiles, type ServerFiles } from './server-files.ts'

let home: string
let serversDir: string
let files: ServerFiles
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tooldock-files-'))
  serversDir = join(home, 'servers')
  await mkdir(join(serversDir, 'one/files'), { recursive: true })
  await writeFile(join(home, 'secret.txt'), 'secret')
  await writeFile(join(serversDir, 'one/output.log'), 'secret')
  files = createServerFiles({ serversDir, config: { serverFileBytesMax: 1024, serverFilesMax: 3 } })
})
afterEach(() => rm(home, { recursive: true }))

/** What all of these end with. */
async function codesOf(...attempts: Promise<unknown>[]): Promise<Set<unknown>> {
  const settled = await Promise.allSettled(attempts)
  return new Set(settled.map((result) => (result.status === 'rejected' ? (result.reason as { code?: unknown }).code : 'no error')))
}

const BAD = [
  ...[
    '',
    '/',
    '/etc/passwd',
    '..',
    '../output.log',
    'a/../../output.log',
    'a/..',
    '.',
    './a',
    'a/./b',
    'a//b',
    'a/',
    '/a',
    'a\0b',
    '\0',
    'a\n',
    'a\\b',
    '..\\a',
    'C:\\a',
    'C:/a',
    'ä',
    ' a',
    'a b',
    '%2e%2e/a',
    '~/a',
  ],
  ...['a/b/c/d/e/f/g/h/i', 'x'.repeat(101), 'x/'.repeat(200), '-a', 'a;b', '.../a', '..a/b', 'a.tmp', '\u202ea', '．．/a'],
]

it.each(BAD)('the name %j is refused, and nothing outside the folder is read, written or removed', async (name) => {
  expect(await codesOf(files.read('one', name), files.write('one', name, Buffer.from('x')), files.remove('one', name))).toEqual(new Set(['invalid_params']))
  expect(await readdir(join(serversDir, 'one'), { recursive: true })).toEqual(['files', 'output.log'])
})

it.each(['', '..', '../one', 'One', 'api', 'a/b', 'a__b', 'one\n', '.pythons'])('the namespace %j is refused', async (namespace) => {
  expect(await codesOf(files.read(namespace, 'a'), files.write(namespace, 'a', Buffer.from('x')), files.list(namespace), files.folder(namespace))).toEqual(
    new Set(['invalid_params']),
  )
  expect(await readdir(serversDir)).toEqual(['one'])
})

it('reads what was written, in folders too, and lists it', async () => {
  for (const name of ['config.yaml', 'a/b.json', '.env']) expect(await files.write('one', name, Buffer.from(name))).toMatchObject({ name, bytes: name.length })
  expect((await files.list('one')).map(({ name }) => name)).toEqual(['.env', 'a/b.json', 'config.yaml'])
  expect((await files.read('one', 'a/b.json')).toString()).toBe('a/b.json')
  await files.remove('one', '.env')
  expect(await files.list('one')).toHaveLength(2)
  expect(await files.list('two')).toEqual([])
})

it('links are followed nowhere: not as a file, a folder, the folder of the server, nor dangling', async () => {
  const dir = join(serversDir, 'one/files')
  await symlink(join(home, 'secret.txt'), join(dir, 'file'))
  await symlink(home, join(dir, 'folder'))
  await symlink(join(home, 'new.txt'), join(dir, 'dangling'))
  for (const name of ['file', 'folder/secret.txt', 'folder/new.txt', 'dangling']) {
    await expect(files.read('one', name), name).rejects.toMatchObject({ code: 'invalid_params' })
    await expect(files.write('one', name, Buffer.from('x')), name).rejects.toMatchObject({ code: 'invalid_params' })
    await expect(files.remove('one', name), name).rejects.toMatchObject({ code: 'invalid_params' })
  }
  expect(await files.list('one')).toEqual([])
  await mkdir(join(serversDir, 'two'))
  await symlink(home, join(serversDir, 'two/files'))
  await expect(files.read('two', 'secret.txt')).rejects.toMatchObject({ code: 'invalid_params' })
  expect(await readFile(join(home, 'secret.txt'), 'utf8')).toBe('secret')
  expect(await readdir(home)).toEqual(['secret.txt', 'servers'])
})

it('a file that is missing is not_found; a folder is not a file', async () => {
  await files.write('one', 'a/b', Buffer.from('x'))
  expect(await codesOf(files.read('one', 'none'), files.remove('one', 'none'), files.read('one', 'none/inner'))).toEqual(new Set(['not_found']))
  for (const name of ['a', 'a/b/c']) await expect(files.read('one', name)).rejects.toMatchObject({ code: 'invalid_params' })
})

it('size and number are bounded', async () => {
  await expect(files.write('one', 'a', Buffer.alloc(1025))).rejects.toMatchObject({ code: 'payload_too_large' })
  for (const name of ['a', 'b', 'c']) await files.write('one', name, Buffer.alloc(1024))
  await expect(files.write('one', 'd', Buffer.from('x'))).rejects.toMatchObject({ code: 'conflict' })
  await files.write('one', 'c', Buffer.from('again'))
  await writeFile(join(serversDir, 'one/files/c'), 'x'.repeat(2000))
  await expect(files.read('one', 'c')).rejects.toMatchObject({ code: 'payload_too_large' })
})

it('a writer that is killed at any moment leaves the old file or the new one, never a part', { timeout: 60_000 }, async () => {
  const code = `
    import { createServerFiles } from ${JSON.stringify(join(import.meta.dirname, 'server-files.ts'))}
    const files = createServerFiles({ serversDir: ${JSON.stringify(serversDir)}, config: { serverFileBytesMax: 1e9, serverFilesMax: 10 } })
    for (let letter = 97; ; letter = letter === 122 ? 97 : letter + 1) {
      await files.write('one', 'config', Buffer.alloc(200_000, letter))
      process.stdout.write('.')
    }`
  for (let round = 1; round <= 5; round++) {
    const writer = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    for (let writes = 0; writes < round; ) {
      const [chunk] = (await once(writer.stdout, 'data')) as [Buffer]
      writes += chunk.length
    }
    writer.kill('SIGKILL')
    await once(writer, 'exit')
    const content = await readFile(join(serversDir, 'one/files/config'))
    expect(content.length).toBe(200_000)
    expect(new Set(content).size).toBe(1)
    // What it had not finished has a name that nobody can ask for.
    expect((await files.list('one')).map(({ name }) => name)).toEqual(['config'])
  }
  await files.cleanUp()
  expect(await readdir(join(serversDir, 'one/files'))).toEqual(['config'])
})
