import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { TestWorker } from '../test/start-worker.ts'

const examples = new URL('../../../examples/', import.meta.url).pathname
const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function start(name: string, dataDir?: string) {
  const worker = new TestWorker()
  cleanups.push(() => worker.stop())
  const { problems, catalogue } = await worker.load(examples + name, dataDir === undefined ? {} : { dataDir })
  expect(problems).toEqual([])
  return { worker, catalogue }
}
const textOf = (result: Record<string, unknown>) => (result.content as { text: string }[])[0]?.text

describe('the example namespace', () => {
  it('shared has small tools that work', async () => {
    const { worker, catalogue } = await start('shared')
    expect(catalogue.tools.map(({ name }) => name)).toEqual(['current_time', 'echo', 'format_json', 'hash', 'text_statistics', 'uuid'])
    expect(textOf(await worker.callTool('echo', { text: 'hi' }))).toBe('hi')
    expect((await worker.callTool('current_time', { timeZone: 'Europe/Berlin' })).structuredContent).toMatchObject({ iso: expect.stringMatching(/Z$/) })
    expect(textOf(await worker.callTool('current_time', { timeZone: 'Nowhere' }))).toContain('expected an IANA time zone')
    expect(textOf(await worker.callTool('hash', { text: 'abc' }))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect((await worker.callTool('uuid', { count: 3 })).structuredContent).toMatchObject({ uuids: { length: 3 } })
    expect((await worker.callTool('text_statistics', { text: 'One two. Two?' })).structuredContent).toEqual({
      characters: 13,
      words: 3,
      sentences: 2,
      lines: 1,
      bytes: 13,
      frequent: [
        { word: 'two', count: 2 },
        { word: 'one', count: 1 },
      ],
    })
    expect(textOf(await worker.callTool('format_json', { json: '{"b":1,"a":[2]}', form: 'compact', sortKeys: true }))).toBe('{"a":[2],"b":1}')
    expect(textOf(await worker.callTool('format_json', { json: '[{"a":"x,y"},{"b":1}]', form: 'csv' }))).toBe('a,b\n"x,y",\n,1')
    expect((await worker.callTool('format_json', { json: '{' })).isError).toBe(true)
  })

  it.each(['memory', 'disk'])('notes keeps notes in %s, shows them, and asks before deleting', async (place) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tooldock-notes-'))
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }))
    const { worker } = await start('notes', place === 'disk' ? dataDir : undefined)
    expect(textOf(await worker.callTool('save_note', { id: 'plan', text: 'First\nSecond' }))).toContain(place === 'disk' ? 'on disk' : 'in memory only')
    expect((await worker.callTool('list_notes', { contains: 'Second' })).structuredContent).toEqual({ notes: [{ id: 'plan', characters: 12 }] })
    const read = (uri: string) => worker.send('resources/read', { uri }).reply
    expect((await read('notes://index')).result).toMatchObject({ contents: [{ text: expect.stringContaining('plan: First') }] })
    expect((await read('notes://note/plan')).result).toMatchObject({ contents: [{ text: 'First\nSecond' }] })
    expect((await read('notes://note/none')).error).toMatchObject({ code: -32602 })
    const completed = await worker.send('completion/complete', { ref: { type: 'ref/prompt', name: 'summarize' }, argument: { name: 'id', value: 'pl' } }).reply
    expect(completed.result).toMatchObject({ completion: { values: ['plan'] } })
    const prompt = await worker.send('prompts/get', { name: 'summarize', arguments: { id: 'plan' } }).reply
    expect(prompt.result).toMatchObject({
      messages: [{ content: { text: 'Summarize this note as bullet points.' } }, { content: { resource: { text: 'First\nSecond' } } }],
    })

    const asking = { capabilities: { elicitation: {} } }
    const { requestState } = await worker.callTool('delete_note', { id: 'plan' }, asking)
    const retry = { requestState, inputResponses: { confirm: { action: 'accept', content: { sure: true } } } }
    expect(textOf(await worker.callTool('delete_note', { id: 'plan' }, { ...asking, retry }))).toBe('Deleted plan.')
    expect(textOf(await worker.callTool('delete_note', { id: 'plan' }, asking))).toBe('There is no note "plan".')
  })
})
