import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { PAGE_FILES, SHARED_FILES } from '../http/pages.ts'
import { serveStaticFile } from '../http/static-file.ts'

/**
 * The interactive page of a document. Ours, not a packaged viewer: those bring megabytes, styles in attributes (which
 * forbids a strict content security policy) or an install script that reports home.
 */
export function registerDocsPage(app: FastifyInstance): void {
  serveStaticFile(app, '/openapi/docs', join(PAGE_FILES, 'docs.html'), '..')
  serveStaticFile(app, '/:ns/openapi/docs', join(PAGE_FILES, 'docs.html'), '../..')
  for (const file of ['docs.js', 'arguments-form.js', 'json-schema.js', ...SHARED_FILES]) serveStaticFile(app, `/static/${file}`, join(PAGE_FILES, file))
}
