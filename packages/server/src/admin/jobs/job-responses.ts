import { z } from 'zod'
import type { Job } from './job.types.ts'

const time = z.iso.datetime()

export const JOB = z
  .strictObject({
    id: z.string(),
    kind: z.string(),
    subject: z.string(),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    by: z.string(),
    startedAt: time,
    endedAt: time.nullable(),
    message: z.string().nullable(),
    progress: z.number().nullable(),
    result: z.unknown(),
    error: z.strictObject({ code: z.string(), details: z.unknown().exactOptional() }).nullable(),
  })
  .meta({ id: 'Job' }) satisfies z.ZodType<Job>
