import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ECHO } from './echo-tools.ts'
import { type Gateway, makeDataDir, startGateway } from './gateway.ts'
import { type Face, facesOf } from './mcp-faces.ts'
import { LegacySession, modern } from './mcp-http.ts'
import { descendantsOf, memoryOf, openFiles, workersOf } from './processes.ts'
import { until } from './until.ts'

const tool = (name: string, answer: string) =>
  `import { defineTool } from 'tooldock'\nexport const ${name} = defineTool({ description: '${answer}', handler: () => '${answer}' })\n`

/** Six loops without a pause would leave a small machine no time to reload, and none to the tests beside this one. */
const PAUSE_MS = 40
const PARTS = ['a', 'b', 'c']
/** Version `v` of a folder: three files whose tool names carry the version, and one that stays. */
const version = (v: number) => ({
  'stable.ts': tool('stable', 'still here'),
  ...Object.fromEntries(PARTS.map((part) => [`${part}.ts`, tool(`${part}_v${v}`, `${part} ${v}`)])),
})
const namesOf = (v: number) => [...PARTS.map((part) => `${part}_v${v}`), 'stable']

describe('a namespace that is reloaded 200 times', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway({ namespaces: { busy: version(0) } })
  })
  afterAll(async () => {
    await gateway?.stop()
    await gateway?.dispose()
  })

  test('fails no call, shows only lists that are wholly old or wholly new, and leaves processes, files and memory as they were', {
    timeout: 400_000,
  }, async () => {
    const faces = await facesOf(gateway, 'busy')
    for (const face of faces) expect(await face.call('stable')).toBe('still here')
    const atRest = async () => {
      await until('one worker', () => workersOf(gateway.pid).length === 1, 30_000)
      return { processes: descendantsOf(gateway.pid).length, files: openFiles(gateway.pid), memoryMb: memoryOf(gateway.pid).nowMb }
    }
    const before = await atRest()

    let published = 0
    let done = false
    const seen = { calls: 0, lists: 0 }
    const caller = async (face: Face) => {
      while (!done) {
        await pause(PAUSE_MS)
        expect(await face.call('stable')).toBe('still here')
        seen.calls++
      }
    }
    const lister = async (face: Face) => {
      while (!done) {
        await pause(PAUSE_MS)
        const oldest = published
        const names = (await face.tools()).toSorted()
        // A reload may be published before its answer arrives here.
        const possible = Array.from({ length: published - oldest + 2 }, (_, index) => namesOf(oldest + index))
        expect(possible).toContainEqual(names)
        seen.lists++
      }
    }
    const load = Promise.all(faces.flatMap((face) => [caller(face), lister(face)])).finally(() => {
      done = true
    })
    for (let v = 1; v <= 200 && !done; v++) {
      for (const part of PARTS) gateway.remove('busy', `${part}.ts`)
      gateway.write('busy', version(v))
      const reply = await gateway.reload('busy')
      expect(reply.status, reply.text).toBe(200)
      published = v
    }
    done = true
    await load
    expect(published).toBe(200)
    expect(Math.min(seen.calls, seen.lists)).toBeGreaterThan(200)

    const after = await atRest()
    expect(after.processes).toBe(before.processes)
    // The connections of this test itself are among them.
    expect(after.files).toBeLessThanOrEqual(before.files + 25)
    expect(after.memoryMb).toBeLessThan(before.memoryMb + 100)
    expect(readdirSync(join(gateway.dataDir, 'generations/busy')).filter((name) => !name.startsWith('.')).length).toBeLessThanOrEqual(7)
  })
})

describe('what is published', () => {
  let gateway: Gateway
  afterEach(async () => {
    await gateway?.stop()
    await gateway?.dispose()
  })
  const answersOf = async (namespace: string, name: string) => {
    const faces = await facesOf(gateway, namespace)
    return Promise.all(faces.map((face) => face.call(name)))
  }
  const toolsOf = async (namespace: string) => {
    const faces = await facesOf(gateway, namespace)
    return Promise.all(faces.map(async (face) => (await face.tools()).toSorted()))
  }
  const thrice = <T>(value: T) => [value, value, value]

  test('stays as it is on every protocol when any file is broken, and the answer says where', async () => {
    gateway = await startGateway({ namespaces: { demo: { 'one.ts': tool('one', 'first') } } })
    gateway.write('demo', {
      'one.ts': tool('one', 'changed'),
      'two.ts': tool('two', 'second'),
      'bad.ts': "import { defineTool } from 'tooldock'\nexport const bad = defineTool({ handler: ( => 1 })\n",
    })
    const reply = await gateway.reload('demo')
    expect(reply.status).toBe(422)
    expect(reply.json.error.code).toBe('reload_failed')
    expect(reply.json.error.details.problems).toEqual([
      expect.objectContaining({ file: 'bad.ts', line: 2, column: expect.any(Number), message: expect.any(String) }),
    ])
    expect(await toolsOf('demo')).toEqual(thrice(['one']))
    expect(await answersOf('demo', 'one')).toEqual(thrice('first'))
  })

  test('is not changed by a dry run, which reports what would be', async () => {
    gateway = await startGateway({ namespaces: { demo: { 'one.ts': tool('one', 'first'), 'two.ts': tool('two', 'second') } } })
    gateway.remove('demo', 'two.ts')
    gateway.write('demo', { 'one.ts': tool('one', 'changed'), 'three.ts': tool('three', 'third') })
    const { status, json } = await gateway.reload('demo', '?dryRun=true')
    expect(status).toBe(200)
    expect(json).toMatchObject({ dryRun: true, tools: { added: ['three'], removed: ['two'], changed: [{ name: 'one' }] } })
    expect(await toolsOf('demo')).toEqual(thrice(['one', 'two']))
    expect(await answersOf('demo', 'one')).toEqual(thrice('first'))
  })

  test('two files that define one tool name are an error that names both', async () => {
    gateway = await startGateway({ namespaces: { demo: { 'one.ts': tool('same', 'first') } } })
    gateway.write('demo', { 'two.ts': tool('same', 'second') })
    const reply = await gateway.reload('demo')
    expect(reply.status).toBe(422)
    expect(reply.text).toContain('one.ts')
    expect(reply.text).toContain('two.ts')
  })

  test('the same tool name in two namespaces is two tools, and reloading one leaves the other alone', async () => {
    gateway = await startGateway({ namespaces: { left: { 'tool.ts': tool('same', 'left') }, right: { 'tool.ts': tool('same', 'right') } } })
    expect(await answersOf('left', 'same')).toEqual(thrice('left'))
    gateway.write('left', { 'tool.ts': tool('same', 'left again') })
    await gateway.reload('left')
    expect(await answersOf('left', 'same')).toEqual(thrice('left again'))
    expect(await answersOf('right', 'same')).toEqual(thrice('right'))
  })

  test('goes back to a kept generation on request', async () => {
    gateway = await startGateway({ namespaces: { demo: { 'one.ts': tool('one', 'first') } } })
    const { json: first } = await gateway.reload('demo', '?dryRun=true')
    gateway.write('demo', { 'one.ts': tool('one', 'second') })
    expect((await gateway.reload('demo')).json.generation).not.toBe(first.generation)
    expect(await answersOf('demo', 'one')).toEqual(thrice('second'))
    expect((await gateway.reload('demo', `?generation=${first.generation}`)).status).toBe(200)
    expect(await answersOf('demo', 'one')).toEqual(thrice('first'))
    expect((await gateway.reload('demo', '?generation=nothing')).status).toBe(404)
  })

  test('a deleted namespace is gone from every protocol at once', async () => {
    gateway = await startGateway({ namespaces: { demo: ECHO, other: ECHO } })
    const session = await LegacySession.open(gateway, '/demo/mcp')
    rmSync(join(gateway.dataDir, 'tools/demo'), { recursive: true })
    expect((await gateway.http('/api/reload', { method: 'POST' })).status).toBe(200)
    expect((await gateway.rest('demo', 'echo', { text: 'x' })).status).toBe(404)
    expect((await modern(gateway, '/demo/mcp', 'tools/list')).status).toBe(404)
    expect((await session.request('tools/list')).result).toBeUndefined()
    expect(JSON.stringify(await modern(gateway, '/mcp', 'tools/list'))).not.toContain('demo__')
    expect((await gateway.rest('other', 'echo', { text: 'x' })).status).toBe(200)
  })
})

test('edits that nobody reloaded do not go live by a crash, a restart or a kill, and a broken folder does not either', async () => {
  const dataDir = makeDataDir()
  let gateway = await startGateway({ dataDir, namespaces: { demo: { 'one.ts': tool('one', 'published') } } })
  const env = { BEARER_TOKEN: gateway.token }
  const answers = async () => new Set(await Promise.all((await facesOf(gateway, 'demo')).map((face) => face.call('one'))))
  try {
    expect(await answers()).toEqual(new Set(['published']))
    gateway.write('demo', { 'one.ts': tool('one', 'edited') })

    const [worker] = workersOf(gateway.pid)
    process.kill(worker?.pid as number, 'SIGKILL')
    await until('the worker to end', () => workersOf(gateway.pid).every(({ pid }) => pid !== worker?.pid))
    expect(await answers()).toEqual(new Set(['published']))

    await gateway.killHard()
    gateway = await startGateway({ dataDir, env })
    expect(await answers()).toEqual(new Set(['published']))

    gateway.write('demo', { 'one.ts': 'this is not a program' })
    await gateway.stop()
    gateway = await startGateway({ dataDir, env })
    expect(await answers()).toEqual(new Set(['published']))

    gateway.write('demo', { 'one.ts': tool('one', 'edited') })
    expect((await gateway.reload('demo')).status).toBe(200)
    expect(await answers()).toEqual(new Set(['edited']))
    await gateway.stop()
  } finally {
    await gateway.dispose()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
