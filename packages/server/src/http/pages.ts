import { join } from 'node:path'
import type { Frontend } from './context.ts'
import { serveStaticFile } from './static-file.ts'

export const PAGE_FILES = join(import.meta.dirname, 'static')
/** Files of PAGE_FILES that every page loads. */
export const SHARED_FILES = ['page.js', 'page.css', 'icon.svg']

/** The start page: how to connect a client, and what is published, once a token was given. */
export function createPages(): Frontend {
  return {
    part: 'web',
    register: (app) => {
      serveStaticFile(app, '/', join(PAGE_FILES, 'home.html'))
      for (const file of ['home.js', ...SHARED_FILES]) serveStaticFile(app, `/static/${file}`, join(PAGE_FILES, file))
      const open = { config: { public: true } }
      app.get('/favicon.ico', open, (_request, reply) => reply.redirect('static/icon.svg', 301))
      app.get('/robots.txt', open, (_request, reply) => reply.type('text/plain').send('User-agent: *\nDisallow: /\n'))
    },
  }
}
