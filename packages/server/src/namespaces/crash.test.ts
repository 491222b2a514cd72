import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTestHome, type TestHome, tool } from './test-namespaces.ts'

let home: TestHome
let child: ChildProcess | undefined
beforeEach(async () => {
  home = await createTestHome()
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await home.remove()
})

/** Published in turn by the process that is killed; their tools never appear together. */
const RELOADER = `
const [, , harness, dataDir] = process.argv
const { createTestHome, tool } = await import(harness)
const home = await createTestHome(dataDir)
const opened = await home.open()
console.log('open')
for (let version = 1; ; version++) {
  await home.write('shared', { 'a.ts': tool('a' + version % 2, 'v' + version), 'b.ts': tool('b' + version % 2, 'v' + version) })
  const { generation } = await opened.service.reload('shared')
  console.log(generation)
}
`

/** Waits for `lines` lines, then kills the process `afterMs` later, somewhere in its next publication. */
async function killAfter(lines: number, afterMs: number): Promise<void> {
  const script = join(home.dataDir, 'reloader.mjs')
  await writeFile(script, RELOADER)
  const reloader = spawn(process.execPath, [script, join(import.meta.dirname, 'test-namespaces.ts'), home.dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  child = reloader
  const exited = once(reloader, 'exit')
  let seen = 0
  for await (const _ of createInterface({ input: reloader.stdout })) if (++seen === lines) break
  expect(seen).toBe(lines)
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  reloader.kill('SIGKILL')
  await exited
}

it('is wholly old or wholly new after a kill at any moment of a publication', { timeout: 300_000 }, async () => {
  await home.write('shared', { 'a.ts': tool('a0', 'v0'), 'b.ts': tool('b0', 'v0') })
  for (const afterMs of [0, 20, 60, 150, 300]) {
    await killAfter(2, afterMs)
    const opened = await home.open()
    const names = opened.tools('shared') ?? []
    expect([
      ['a0', 'b0'],
      ['a1', 'b1'],
    ]).toContainEqual(names)
    const [first, second] = await Promise.all(names.map((name) => opened.call('shared', name)))
    expect(first).toMatch(/^v\d+$/)
    expect(second).toBe(first)
    const kept = await opened.service.generations('shared')
    expect(await home.names('generations/shared')).toEqual(kept.map(({ id }) => id).sort())
    await opened.close()
  }
})
