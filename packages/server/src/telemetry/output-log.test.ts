import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createOutputLog } from './output-log.ts'

let root: string
const troubles: Error[] = []
const open = (name: string, bytesMax: number) => createOutputLog(join(root, name), bytesMax, (error) => troubles.push(error))
const read = (name: string) => readFile(join(root, name), 'utf8')

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tooldock-output-'))
  troubles.length = 0
})
afterEach(async () => {
  await rm(root, { recursive: true })
})

test('keeps what is written, after what an earlier run left', async () => {
  await writeFile(join(root, 'a'), 'earlier\n')
  const log = open('a', 10_000)
  log.write(Buffer.from('one\n'))
  log.write(Buffer.from('two\n'))
  await log.close()
  log.write(Buffer.from('too late\n'))
  expect(await read('a')).toBe('earlier\none\ntwo\n')
})

test('a full file loses its older half, in whole lines', async () => {
  for (let index = 0; index < 100; index++) {
    const log = open('a', 1000)
    log.write(Buffer.from(`line ${index}\n`))
    await log.close()
    expect((await stat(join(root, 'a'))).size).toBeLessThanOrEqual(1000)
  }
  const lines = (await read('a')).split('\n').slice(0, -1)
  expect(lines.at(-1)).toBe('line 99')
  expect(lines).toEqual(Array.from({ length: lines.length }, (_, index) => `line ${100 - lines.length + index}`))
  expect(lines.length).toBeGreaterThan(40)
  expect(await readdir(root)).toEqual(['a'])
})

test('a chunk larger than the file leaves its end', async () => {
  const log = open('a', 1000)
  log.write(Buffer.from('x'.repeat(900)))
  await log.close()
  const again = open('a', 1000)
  again.write(Buffer.from(`${'y'.repeat(990)}\n`))
  await again.close()
  expect(await read('a')).toBe(`${'y'.repeat(499)}\n`)
})

test('what comes faster than it can be written is dropped, and the file says how much', async () => {
  const log = open('a', 1000)
  for (let index = 0; index < 30; index++) log.write(Buffer.from('z'.repeat(99).concat('\n')))
  await log.close()
  expect(await read('a')).toMatch(/^z.*\n… 2000 bytes dropped\n$/s)
})

test('a folder that cannot be written to is told, and what follows is dropped', async () => {
  const log = createOutputLog(join(root, 'missing', 'a'), 1000, (error) => troubles.push(error))
  log.write(Buffer.from('x'))
  await log.close()
  expect(troubles).toMatchObject([{ code: 'ENOENT' }])
})

test.skipIf(process.platform !== 'linux')('a hundred logs keep no descriptor open', async () => {
  const logs = Array.from({ length: 100 }, (_, index) => open(String(index), 1000))
  for (const log of logs) log.write(Buffer.from('x\n'))
  await Promise.all(logs.map((log) => log.close()))
  expect(openFilesIn(root)).toEqual([])
  expect(await readdir(root)).toHaveLength(100)
})

/** What this process holds open in `folder`. */
function openFilesIn(folder: string): string[] {
  const links = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      // Closed meanwhile, such as the one that listed the folder.
      return []
    }
  })
  return links.filter((link) => link.startsWith(folder))
}
