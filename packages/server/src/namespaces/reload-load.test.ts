import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { TOKEN_HOLDER } from '../kernel/principal.ts'
import type { UpstreamResult } from '../upstream/upstream.ts'
import { createTestHome, failureOf, type TestHome, tool } from './test-namespaces.ts'

let home: TestHome
beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

const RELOADS = 20

it('fails no call and shows no mixed list while a namespace is reloaded again and again, and leaves nothing behind', { timeout: 200_000 }, async () => {
  const files = (version: number): Record<string, string> => ({
    'a.ts': tool(`a${version % 2}`, `v${version}`),
    'b.ts': tool(`b${version % 2}`, `v${version}`),
    'c.ts': tool('c', 'always'),
  })
  await home.write('shared', files(0))
  const opened = await home.open({ config: { generationsKept: 3 } })
  expect(await opened.call('shared', 'c')).toBe('always')
  const openFiles = (): number => readdirSync('/proc/self/fd').length
  const filesBefore = openFiles()

  let done = false
  const caller = async (): Promise<number> => {
    let calls = 0
    for (; !done; calls++) {
      expect(await opened.call('shared', 'c')).toBe('always')
      expect([
        ['a0', 'b0', 'c'],
        ['a1', 'b1', 'c'],
      ]).toContainEqual(opened.tools('shared'))
    }
    return calls
  }
  const callers = Promise.all([caller(), caller(), caller()])
  for (let version = 1; version <= RELOADS; version++) {
    await home.write('shared', files(version))
    expect(await opened.service.reload('shared')).toMatchObject({ changed: true })
  }
  done = true
  for (const calls of await callers) expect(calls).toBeGreaterThan(RELOADS)

  await expect.poll(() => opened.processes.size).toBe(1)
  await expect.poll(() => home.names('generations/shared')).toHaveLength(3)
  await expect.poll(openFiles).toBeLessThanOrEqual(filesBefore + 2)
})

it('takes changes of one namespace in turn, and refuses more than may wait', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'one') })
  const opened = await home.open({ config: { changesPendingMax: 2 } })
  await home.write('shared', { 'hello.ts': tool('hello', 'two') })
  const [first, second, third] = await Promise.allSettled([opened.service.reload('shared'), opened.service.reload('shared'), opened.service.reload('shared')])
  expect(first).toMatchObject({ status: 'fulfilled', value: { changed: true } })
  expect(second).toMatchObject({ status: 'fulfilled', value: { changed: false } })
  expect(third).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } })
})

it('resumes a parked call in the generation that holds it, and ends that one afterwards', async () => {
  const asking = (text: string): string => `
import { defineTool } from 'tooldock'
export const ask = defineTool({ input: { type: 'object' }, async handler(_, ctx) {
  const answer = await ctx.elicit({ message: 'Your name?', schema: { type: 'object', properties: { name: { type: 'string' } } } })
  return '${text} ' + answer.content.name
} })
`
  await home.write('shared', { 'ask.ts': asking('hello'), 'tooldock.json': '{"permissions":["write"]}' })
  const opened = await home.open()
  const call = (params: object): Promise<UpstreamResult> => {
    const upstream = opened.service.catalog.current.namespaces.get('shared')?.upstream
    if (upstream === undefined) throw new Error('not published')
    return upstream.call({
      method: 'tools/call',
      params: { name: 'ask', arguments: {}, ...params },
      requestId: 'test',
      principal: TOKEN_HOLDER,
      clientCapabilities: { elicitation: { form: {} } },
    }).result
  }
  const parked = await call({})
  if (parked.kind !== 'input_required') throw new Error(`it did not ask: ${parked.json}`)
  const answer = {
    requestState: parked.requestState,
    inputResponses: Object.fromEntries(Object.keys(parked.inputRequests).map((key) => [key, { action: 'accept', content: { name: 'Ada' } }])),
  }
  await home.write('shared', { 'ask.ts': asking('goodbye') })
  await opened.service.reload('shared')
  await opened.service.acceptPermissions('shared', ['write'])
  const result = await call(answer)
  expect(result.kind === 'complete' && JSON.parse(result.json).content[0].text).toBe('hello Ada')
  await expect.poll(() => opened.processes.size).toBe(0)
  expect((await failureOf(call(answer))).code).toBe('parked_call_gone')
})
