import { join } from 'node:path'
import type { Frontend } from './context.ts'
import { serveStaticFile } from './static-file.ts'

export const PAGE_FILES = join(import.meta.dirname, 'static')

/** The start page: how to connect a client, and what is published, once a token was given. */
export function createPages(): Frontend {
  return {
    part: 'web',
    register: (app) => {
      serveStaticFile(app, '/', join(PAGE_FILES, 'home.html'))
      serveStaticFile(app, '/static/home.js', join(PAGE_FILES, 'home.js'))
      serveStaticFile(app, '/static/page.css', join(PAGE_FILES, 'page.css'))
      serveStaticFile(app, '/static/icon.svg', join(PAGE_FILES, 'icon.svg'))
      const open = { config: { public: true } }
      app.get('/favicon.ico', open, (_request, reply) => reply.redirect('static/icon.svg', 301))
      app.get('/robots.txt', open, (_request, reply) => reply.type('text/plain').send('User-agent: *\nDisallow: /\n'))
    },
  }
}
