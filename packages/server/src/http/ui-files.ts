import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import type { FastifyReply } from 'fastify'
import { ToolDockError } from '../errors/tooldock-error.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

const HEADERS = {
  // data: and blob: are pictures and sounds that tools answer; nothing is loaded from anywhere else.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; media-src data: blob:; worker-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}
/** Their names hold a hash of what is in them. */
const ASSET_CACHE = 'public, max-age=31536000, immutable'
const OTHER_CACHE = 'public, max-age=3600'
const BASE = '<base href="/"'
const NOT_BUILT = '<!doctype html><title>ToolDock</title><h1>The admin UI is not built</h1><p>Start ToolDock with <code>npm start</code>, which builds it.'

/** The files of the built admin UI. */
export interface Ui {
  /** Files beside the page that have no hash in their name, such as `icon.svg`. */
  readonly rootFiles: readonly string[]
  /** The page, the same for all addresses; `base` is the relative way from the address to `/`, so that it works behind a path prefix. */
  sendPage(reply: FastifyReply, base: string): FastifyReply
  /** @throws {ToolDockError} not_found, for what was not there when the gateway started */
  sendFile(reply: FastifyReply, name: string): FastifyReply
}

/** Reads what there is at `dir` once; only files found then are served, whatever is asked for. */
export function openUi(dir: string): Ui {
  const files = existsSync(dir) ? readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()) : []
  const names = new Set(files.map((entry) => relative(dir, join(entry.parentPath, entry.name))))
  const page = names.delete('index.html') ? readFileSync(join(dir, 'index.html'), 'utf8') : NOT_BUILT
  return {
    rootFiles: [...names].filter((name) => !name.includes('/') && !name.startsWith('.')),
    sendPage: (reply, base) =>
      reply.headers({ ...HEADERS, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }).send(page.replace(BASE, `<base href="${base}"`)),
    sendFile: (reply, name) => {
      if (!names.has(name)) throw new ToolDockError('not_found', `The admin UI has no file ${name.slice(0, 200)}.`)
      const path = join(dir, name)
      reply.headers({
        ...HEADERS,
        'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
        'content-length': statSync(path).size,
        'cache-control': name.startsWith('assets/') ? ASSET_CACHE : OTHER_CACHE,
      })
      return reply.send(createReadStream(path))
    },
  }
}
