import type { FastifyRequest } from 'fastify'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { Precondition } from '../../namespaces/files/files.types.ts'

const STRONG_TAG = /^"[\x21\x23-\x7e]*"$/

/** What `If-Match` and `If-None-Match` of a change demand (RFC 9110 section 13.1). Weak tags never match a change. @throws {ToolDockError} `invalid_params` */
export function preconditionOf({ headers }: Pick<FastifyRequest, 'headers'>): Precondition {
  const ifMatch = headers['if-match']?.trim()
  const ifNoneMatch = headers['if-none-match']?.trim()
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
    throw new ToolDockError('invalid_params', 'If-None-Match of a change can only be "*": the file must not exist.')
  return {
    ...(ifMatch === undefined ? {} : { ifMatch: ifMatch === '*' ? ('*' as const) : tagsOf(ifMatch) }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: '*' as const }),
  }
}

function tagsOf(header: string): readonly string[] {
  const tags = header.split(',').map((tag) => tag.trim())
  if (!tags.every((tag) => STRONG_TAG.test(tag)))
    throw new ToolDockError('invalid_params', 'If-Match holds the etag of the file as it was read, in its quotes, or "*".')
  return tags
}
