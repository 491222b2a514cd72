import { fileURLToPath } from 'node:url'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `vite dev` finds the gateway. */
const GATEWAY = 'http://127.0.0.1:13000'

/** How long plugins took is nobody's concern at `npm start`. */
const QUIET = { checks: { pluginTimings: false } }

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so that the UI also works behind a path prefix; <base> in index.html says from where.
  base: './',
  plugins: [react(), tailwind()],
  build: {
    // light-dark() and OKLCH as they are written.
    target: 'esnext',
    manifest: true,
    // Of every package that is bundled, for the notices in what is published.
    license: { fileName: '.vite/licenses.json' },
    // A data: URL would have to be allowed by the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    rolldownOptions: QUIET,
  },
  worker: { rolldownOptions: QUIET },
  server: { port: 13_001, proxy: Object.fromEntries(['/api', '/health', '^/[^/]+/(mcp|sse|messages|openapi|docs)'].map((path) => [path, GATEWAY])) },
})
