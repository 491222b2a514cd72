import { join } from 'node:path'
import type { Frontend } from './context.ts'
import { openUi } from './ui-files.ts'

export const PAGE_FILES = join(import.meta.dirname, 'static')
/** Files of PAGE_FILES that every page loads. */
export const SHARED_FILES = ['page.js', 'page.css', 'icon.svg']

/**
 * The first segments of the admin UI's addresses, as in packages/admin-ui/src/routes.tsx. They are not reserved: a
 * namespace may be called `servers`, because routes come first, and in a namespace's addresses the second segment is
 * one of the words (mcp, sse, messages, openapi, docs) that no namespace, and so no page of one, can be called.
 */
const UI_PAGES = new Set(['', 'sign-in', 'namespaces', 'new-bundle', 'playground', 'servers', 'add-server', 'calls', 'logs', 'access', 'settings'])

/** The admin UI as `vite build` left it in `uiDir`: static, public and without data. */
export function createPages(uiDir: string): Frontend {
  const ui = openUi(uiDir)
  return {
    part: 'web',
    register: (app) => {
      const open = { config: { public: true, errors: 'rest' as const }, exposeHeadRoute: true }
      app.get('/', open, (_request, reply) => ui.sendPage(reply, './'))
      app.get<{ Params: { '*': string } }>('/assets/*', open, ({ params }, reply) => ui.sendFile(reply, `assets/${params['*']}`))
      for (const name of ui.rootFiles) app.get(`/${name}`, open, (_request, reply) => ui.sendFile(reply, name))
      app.get('/favicon.ico', open, (_request, reply) => reply.redirect('icon.svg', 301))
      app.get('/robots.txt', open, (_request, reply) => reply.type('text/plain').send('User-agent: *\nDisallow: /\n'))
    },
    answerUnknown: (request, reply) => {
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      // Programs get the error as JSON; so does a person who looks at the API.
      if (!isRead || !request.headers.accept?.includes('text/html')) return false
      const [, first = '', ...more] = (request.url.split('?')[0] ?? '').split('/')
      if (first === 'api') return false
      // The UI says in words that it has no such page.
      ui.sendPage(reply.code(UI_PAGES.has(first) ? 200 : 404), more.length === 0 ? './' : '../'.repeat(more.length))
      return true
    },
  }
}
