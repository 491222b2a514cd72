import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { FastifyInstance } from 'fastify'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Pages load scripts and styles from their own origin only, and nobody may frame them. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * Serves one file of ours at `url`, to everybody; it holds no data. A second frontend may ask for the same file.
 * `%ROOT%` in it becomes `root`, the relative path from the page to `/`, so that pages work behind a path prefix.
 */
export function serveStaticFile(app: FastifyInstance, url: string, file: string, root = '.'): void {
  if (app.hasRoute({ method: 'GET', url })) return
  const content = readFileSync(file, 'utf8').replaceAll('%ROOT%', root)
  const headers = {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
    etag: `"${hash('sha256', content, 'base64url')}"`,
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  }
  app.get(url, { config: { public: true, errors: 'rest' }, exposeHeadRoute: true }, (request, reply) => {
    // Relative links of a page count from its last slash.
    if (url !== '/' && request.url.endsWith('/')) return reply.redirect(`../${basename(url)}`, 301)
    reply.headers(headers)
    return request.headers['if-none-match'] === headers.etag ? reply.code(304).send() : reply.send(content)
  })
}
