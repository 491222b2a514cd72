#!/usr/bin/env node
// Runs under whatever Node.js the machine has, so: JavaScript that also an old one reads. It goes on with the Node.js 26
// that is installed beside it when there is one, as `npm start` does, and says what to do when there is none.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 26
/** How a program ends whose shared libraries are not there. */
const CANNOT_LOAD = 127
const SOURCES = join(dirname(fileURLToPath(import.meta.url)), '../src')
/** Published as JavaScript; in a checkout it is TypeScript, which Node.js 26 runs. */
const MAIN = ['main.js', 'main.ts'].map((name) => join(SOURCES, name)).find(existsSync)
const ROOT = join(SOURCES, '../../..')
const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/compile')
const BOOTSTRAP = join(ROOT, 'scripts/bootstrap.mjs')
const args = process.argv.slice(2)

/** The Node.js that npm installed with ToolDock: it has a package for each platform, and npm takes the one that fits. */
function findOwnNode() {
  const linked = join(ROOT, 'node_modules/.bin/node')
  if (existsSync(linked)) return linked
  const require = createRequire(import.meta.url)
  for (const name of Object.keys(require('../../../package.json').optionalDependencies)) {
    try {
      return join(dirname(require.resolve(`${name}/package.json`)), 'bin/node')
    } catch {
      // Of another platform, and so not installed.
    }
  }
}

/** Installs what is missing in a checkout, and builds the admin UI before a start. What it prints is not the command's output. */
function bootstrap() {
  if (!existsSync(BOOTSTRAP) || !(['start', 'dev'].includes(args[0]) || findOwnNode() === undefined)) return true
  return spawnSync(process.execPath, [BOOTSTRAP], { cwd: ROOT, stdio: ['ignore', 2, 2] }).status === 0
}

function runUnder(node) {
  const child = spawn(node, [MAIN, ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('close', (code, signal) => {
    if (code === CANNOT_LOAD) console.error('tooldock: Node.js needs the library libatomic: apt-get install libatomic1, or dnf install libatomic')
    process.exit(code ?? (signal === 'SIGINT' ? 130 : 1))
  })
}

if (!bootstrap()) process.exitCode = 1
else if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) {
  // As the gateway of this checkout starts: what was compiled once is not compiled again.
  if (existsSync(COMPILE_CACHE)) module.enableCompileCache(COMPILE_CACHE)
  await import(MAIN)
} else if (findOwnNode() !== undefined) runUnder(findOwnNode())
else {
  console.error(`tooldock: this is Node.js ${process.versions.node}; ToolDock needs ${NODE_MAJOR} or newer: https://nodejs.org/en/download`)
  process.exitCode = 1
}
