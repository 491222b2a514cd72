// Runs before `npm start` and `npm test`, under whatever Node.js the machine has (18 or newer), so: plain JavaScript,
// no dependencies. It brings `node_modules` to what the lock file says and checks that the Node.js 26 in there runs.
// When all is well it only compares two JSON files.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const NODE_MAJOR = 26
const NODE = join(ROOT, 'node_modules/.bin/node')
const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/compile')
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']
const PROGRESS_INTERVAL_MS = 5000

class BootstrapError extends Error {}

const say = (line) => console.log(`[bootstrap] ${line}`)

function readJson(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Is every package of the lock file installed in its version? npm keeps what it installed in a lock file of its own. */
function isInstalled() {
  const wanted = readJson('package-lock.json')?.packages ?? {}
  const installed = readJson('node_modules/.package-lock.json')?.packages
  if (installed === undefined || !existsSync(NODE)) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true
    const there = installed[path]
    // What another platform needs is optional here.
    if (there === undefined) return Boolean(entry.optional || entry.devOptional)
    return there.version === entry.version && there.integrity === entry.integrity
  })
}

/** The pid of a gateway that runs from this folder's data directory. */
function runningGateway() {
  const dotenv = existsSync(join(ROOT, '.env')) ? readFileSync(join(ROOT, '.env'), 'utf8') : ''
  const dataDir = process.env.DATA_DIR ?? /^\s*DATA_DIR\s*=\s*["']?([^"'\n]+?)["']?\s*$/m.exec(dotenv)?.[1] ?? 'tooldock_data'
  const lock = join(dataDir.startsWith('/') ? dataDir : join(ROOT, dataDir), 'lock')
  if (!existsSync(lock)) return undefined
  const pid = Number(/\d+/.exec(readFileSync(lock, 'utf8'))?.[0])
  if (!pid) return undefined
  try {
    process.kill(pid, 0)
    return pid
  } catch (error) {
    return error.code === 'EPERM' ? pid : undefined
  }
}

async function install() {
  const started = Date.now()
  say('installing the dependencies of package-lock.json (the first time this takes a minute) …')
  // The npm that runs us, when there is one: it may not be on PATH under that name.
  const npm = process.env.npm_execpath
  const command = npm?.endsWith('.js') || npm?.endsWith('.cjs') ? [process.execPath, npm] : ['npm']
  // Only errors: npm would warn that the system's Node.js is older than 26, which is what we bring.
  const args = ['ci', '--include=dev', '--include=optional', '--engine-strict=false', '--no-audit', '--no-fund', '--loglevel=error']
  const child = spawn(command[0], [...command.slice(1), ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] })
  const progress = setInterval(() => say(`… ${Math.round((Date.now() - started) / 1000)} s, ${countPackages()} packages`), PROGRESS_INTERVAL_MS)
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearInterval(progress)
  if (status !== 0) throw new BootstrapError('npm ci failed; its message is above. Nothing else is missing: run the same command again when it is put right.')
  say(`installed ${countPackages()} packages in ${Math.round((Date.now() - started) / 1000)} s`)
}

function countPackages() {
  const folder = join(ROOT, 'node_modules')
  if (!existsSync(folder)) return 0
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'))
  return names.reduce((sum, name) => sum + (name.startsWith('@') ? readdirSync(join(folder, name)).length : 1), 0)
}

function checkPlatform() {
  const platform = `${process.platform}-${process.arch}`
  if (PLATFORMS.includes(platform)) return
  throw new BootstrapError(`ToolDock needs Node.js ${NODE_MAJOR}, which is not packaged for ${platform}. Supported: ${PLATFORMS.join(', ')}.`)
}

/** @throws {BootstrapError} with what to do, when the Node.js of node_modules is missing, old or does not run. */
function checkNode() {
  const { stdout, stderr, error } = spawnSync(NODE, ['--version'], { encoding: 'utf8' })
  const major = Number(/^v(\d+)/.exec(stdout ?? '')?.[1])
  if (major >= NODE_MAJOR) return
  if (/libatomic/.test(stderr ?? '')) {
    throw new BootstrapError(
      `Node.js ${NODE_MAJOR} needs the library libatomic: apt-get install libatomic1 (Debian, Ubuntu) or dnf install libatomic (Fedora, RHEL).`,
    )
  }
  if (process.platform === 'linux' && !process.report?.getReport().header.glibcVersionRuntime) {
    throw new BootstrapError(`ToolDock needs Node.js ${NODE_MAJOR} for glibc; this system uses musl (Alpine). Use a Debian based image.`)
  }
  const why = error ? error.message : stderr ? stderr.trim() : `it is ${stdout.trim()}`
  throw new BootstrapError(`Node.js ${NODE_MAJOR} is needed at node_modules/.bin/node, but: ${why}. Delete node_modules and run this again.`)
}

/** Compiles the gateway's modules once, so that every start finds them compiled. Node.js itself renews what changed. */
function fillCompileCache() {
  const entry = join(ROOT, 'packages/server/src/app.ts')
  if (existsSync(COMPILE_CACHE) || !existsSync(entry)) return
  spawnSync(NODE, ['--input-type=module', '--eval', `await import(${JSON.stringify(entry)})`], {
    cwd: ROOT,
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
    stdio: 'ignore', // A module that fails to load says so when the gateway starts.
  })
}

try {
  checkPlatform()
  if (!isInstalled()) {
    const pid = runningGateway()
    if (pid === undefined) await install()
    else say(`node_modules is not what package-lock.json says, but a gateway runs from it (pid ${pid}): stop it and run this again to install.`)
  }
  checkNode()
  fillCompileCache()
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error
  console.error(`[bootstrap] ${error.message}`)
  process.exitCode = 1
}
