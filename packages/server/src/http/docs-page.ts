import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { PAGE_FILES, SHARED_FILES } from './pages.ts'
import { serveStaticFile } from './static-file.ts'

/** A page beside its document: `…/docs` beside `…/openapi.json`. */
export interface DocsPage {
  readonly url: string
  /** Where `/` is from there. */
  readonly root: string
}

/**
 * The interactive page of a document. Ours, not a packaged viewer: those bring megabytes, styles in attributes (which
 * forbids a strict content security policy) or an install script that reports home.
 */
export function registerDocsPage(app: FastifyInstance, pages: readonly DocsPage[]): void {
  for (const { url, root } of pages) serveStaticFile(app, url, join(PAGE_FILES, 'docs.html'), root)
  for (const file of ['docs.js', 'arguments-form.js', 'json-schema.js', ...SHARED_FILES]) serveStaticFile(app, `/static/${file}`, join(PAGE_FILES, file))
}
