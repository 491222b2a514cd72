import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { parseJson } from '../http/json-body.ts'

/**
 * A value that came from outside, as its schema says.
 * @throws {ToolDockError} `invalid_params`, details: {issues: [{path, message}]}
 */
export function check<T>(schema: z.ZodType<T>, value: unknown, what: 'body' | 'query' | 'path'): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
  const words = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  throw new ToolDockError('invalid_params', `The ${what} is not usable: ${words}`, { issues })
}

/** The JSON body; a request without one reads as an empty object. */
export function bodyOf(request: FastifyRequest, jsonDepthMax: number): unknown {
  const { body } = request
  return Buffer.isBuffer(body) && body.length > 0 ? parseJson(body, jsonDepthMax) : {}
}
