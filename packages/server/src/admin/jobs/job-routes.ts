import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { canSee, type Principal } from '../../kernel/principal.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { check } from '../input.ts'
import { sendEvents } from '../send-events.ts'
import type { Job } from './job.types.ts'
import { JOB } from './job-responses.ts'

const NOTHING = z.strictObject({})
const BY_ID = z.strictObject({ id: z.string() })

/** Work that goes on by itself: where it stands, what it prints, and how it is ended. */
export function registerJobRoutes(app: FastifyInstance, { config, jobs, liveStreams }: AdminDeps): void {
  const jobOf = (params: unknown, principal: Principal): Job => {
    const job = jobs.get(check(BY_ID, params, 'path').id)
    if (!canSee(principal, job.subject)) throw new ToolDockError('not_found', 'There is no such job, or it is no longer kept.')
    return job
  }

  app.get(
    '/api/jobs',
    { config: { api: { role: 'author', summary: 'What runs and what ended last, newest first', response: z.strictObject({ jobs: z.array(JOB) }) } } },
    async ({ query, principal }) => {
      check(NOTHING, query, 'query')
      return { jobs: jobs.list().filter(({ subject }) => canSee(principal, subject)) }
    },
  )

  app.get('/api/jobs/:id', { config: { api: { role: 'author', summary: 'One job', response: JOB } } }, async ({ params, query, principal }) => {
    check(NOTHING, query, 'query')
    return jobOf(params, principal)
  })

  app.get(
    '/api/jobs/:id/output',
    {
      config: {
        api: {
          role: 'author',
          summary: 'What a job printed and goes on to print: events "line" with {text}, then "finished" with the job',
          contentType: 'text/event-stream',
        },
      },
    },
    async ({ params, query, principal }, reply) => {
      check(NOTHING, query, 'query')
      const { id } = jobOf(params, principal)
      return sendEvents(reply, liveStreams, config, (send, finish) =>
        jobs.follow(
          id,
          (text) => send('line', { text }),
          (job) => {
            send('finished', job)
            finish()
          },
        ),
      )
    },
  )

  app.delete('/api/jobs/:id', { config: { api: { role: 'author', summary: 'Ends a job and everything it began', response: JOB } } }, async (request) => {
    check(NOTHING, request.query, 'query')
    return jobs.cancel(jobOf(request.params, request.principal).id)
  })
}
