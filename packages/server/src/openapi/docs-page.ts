import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { PAGE_FILES } from '../http/pages.ts'
import { serveStaticFile } from '../http/static-file.ts'

/**
 * The interactive page of a document. Ours, not a packaged viewer: those bring megabytes, styles in attributes (which
 * forbids a strict content security policy) or an install script that reports home.
 */
export function registerDocsPage(app: FastifyInstance): void {
  const files = join(import.meta.dirname, 'static')
  serveStaticFile(app, '/openapi/docs', join(files, 'docs.html'), '..')
  serveStaticFile(app, '/:ns/openapi/docs', join(files, 'docs.html'), '../..')
  serveStaticFile(app, '/static/docs.js', join(files, 'docs.js'))
  serveStaticFile(app, '/static/page.css', join(PAGE_FILES, 'page.css'))
  serveStaticFile(app, '/static/icon.svg', join(PAGE_FILES, 'icon.svg'))
}
