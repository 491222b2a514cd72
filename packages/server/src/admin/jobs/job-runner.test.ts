import { afterEach, expect, it } from 'vitest'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { GatewayEventBody } from '../../telemetry/event-bus.ts'
import type { Job, JobContext, JobRunner } from './job.types.ts'
import { createJobRunner } from './job-runner.ts'

const events: GatewayEventBody[] = []
const faults: unknown[] = []
let jobs: JobRunner

function open(change: object = {}): void {
  events.length = 0
  faults.length = 0
  const config = { jobsAtOnceMax: 2, jobsPendingMax: 3, jobsKept: 2, jobLinesMax: 3, ...change }
  jobs = createJobRunner({ config, events: { publish: (event) => void events.push(event) }, onFault: (_, error) => void faults.push(error) })
}
afterEach(() => jobs.close())

const start = (subject: string, run: (context: JobContext) => Promise<string>): Job =>
  jobs.start({ kind: 'test', subject, by: 'ann', run: async (context) => ({ message: await run(context), result: subject }) })
const untilAborted = ({ signal }: JobContext): Promise<never> => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
const ended = (id: string): Promise<Job> => new Promise((resolve) => jobs.follow(id, () => {}, resolve))

it('goes on by itself, keeps its newest lines, and tells both those who wait and those who come later', async () => {
  open()
  const { promise: go, resolve } = Promise.withResolvers<void>()
  const { id } = start('a', async ({ say }) => {
    for (const line of ['1', '2', '3', '4']) say(line)
    await go
    say('5')
    return 'All is well.'
  })
  const lines: string[] = []
  const end = new Promise<Job>((done) => jobs.follow(id, (line) => void lines.push(line), done))
  await expect.poll(() => jobs.get(id).message).toBe('4')
  jobs.follow(
    id,
    (line) => void lines.push(`left ${line}`),
    () => {},
  )()
  resolve()
  expect(await end).toMatchObject({ state: 'done', message: 'All is well.', result: 'a', error: null, endedAt: expect.any(String) })
  expect(lines.filter((line) => !line.startsWith('left')).slice(-2)).toEqual(['4', '5'])
  expect(lines).not.toContain('left 5')
  const later: string[] = []
  jobs.follow(
    id,
    (line) => void later.push(line),
    () => void later.push('end'),
  )
  expect(later).toEqual(['3', '4', '5', 'end'])
  expect(events.map(({ type }) => type)).toEqual([...Array(5).fill('job.progress'), 'job.finished'])
})

it('says why it failed: in words for the user, or that it is our fault', async () => {
  open()
  const failed = start('a', () => Promise.reject(new ToolDockError('install_failed', 'No disk.', { lines: ['x'] })))
  expect(await ended(failed.id)).toMatchObject({ state: 'failed', message: 'No disk.', error: { code: 'install_failed', details: { lines: ['x'] } } })
  const broken = start('b', () => Promise.reject(new Error('secret')))
  const job = await ended(broken.id)
  expect(job).toMatchObject({ state: 'failed', error: { code: 'internal_error' } })
  expect(JSON.stringify(job)).not.toContain('secret')
  expect(faults).toHaveLength(1)
})

it('runs as many as it may, one of a kind and subject, and forgets the oldest that ended', async () => {
  open()
  const running = ['a', 'b'].map((subject) => start(subject, untilAborted))
  const waiting = start('c', async () => 'done')
  expect(() => start('a', untilAborted)).toThrow(expect.objectContaining({ code: 'conflict' }))
  expect(() => start('d', untilAborted)).toThrow(expect.objectContaining({ code: 'conflict' }))
  expect(await jobs.cancel(running[0]?.id ?? '')).toMatchObject({ state: 'cancelled' })
  // The next in turn ran, which had waited.
  expect(await ended(waiting.id)).toMatchObject({ state: 'done' })
  await jobs.cancel(running[1]?.id ?? '')
  expect(jobs.list().map(({ subject }) => subject)).toEqual(['c', 'b'])
  expect(() => jobs.get(running[0]?.id ?? '')).toThrow(expect.objectContaining({ code: 'not_found' }))
  for (const subject of ['e', 'f']) start(subject, untilAborted)
  // What waits is not kept waiting.
  expect(await jobs.cancel(start('g', untilAborted).id)).toMatchObject({ state: 'cancelled' })
  await jobs.close()
  expect(jobs.list().map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
  expect(() => start('h', untilAborted)).toThrow(expect.objectContaining({ code: 'shutting_down' }))
})
