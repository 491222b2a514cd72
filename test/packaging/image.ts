import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, lchownSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, matchesGlob, relative, resolve } from 'node:path'
import { type Command, type Instruction, parseCommand, parseDockerfile, parsePairs, type Stage } from './dockerfile.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** What the stages make and use that is no part of Debian: each stage has it in a folder of its own. */
const OWN = /(?<![\w./-])\/(src|app|data|opt\/uv|usr\/local\/bin)(?![\w-])/g

/** What a container of the image would be. */
export interface Image {
  /** ENTRYPOINT and CMD. */
  readonly command: Command
  readonly healthCheck: Command
  readonly env: Readonly<Record<string, string>>
  readonly workdir: string
  /** DATA_DIR, which its user owns. */
  readonly dataDir: string
  /** Where a path of the container is. */
  readonly locate: (path: string) => string
}

export interface BuildOptions {
  /** A new folder that everybody may enter. */
  readonly folder: string
  /** What stages have made already, by stage and path: those are not executed, and what they lack is not copied from them. */
  readonly given?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly say: (line: string) => void
}

/** How this machine reaches the network, which an engine would pass on too; and the authorities that its system trusts. */
const NETWORK = /^(HTTPS?_PROXY|NO_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|PIP_INDEX_URL|PIP_CERT|npm_config_registry)$/i
const network = { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => NETWORK.test(name))), NODE_USE_SYSTEM_CA: '1' }

/** Where a path of a stage is; undefined: nowhere. */
type Locate = (path: string) => string | undefined

interface State {
  readonly locate: (path: string) => string
  readonly env: Record<string, string>
  uid: number
  workdir: string
}

/**
 * Executes the steps of the Dockerfile in order where no engine is: Debian packages are installed here, as root; everything
 * else is done in `folder`, from USER on as that user.
 * @throws when a step fails
 */
export function buildImage({ folder, given = {}, say }: BuildOptions): Image {
  const made = new Map<string, Locate>()
  let image: Image | undefined
  for (const stage of parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))) {
    const files = given[stage.name ?? '']
    if (files !== undefined) made.set(stage.name ?? '', (path) => files[path])
    else image = buildStage(stage, join(folder, stage.name ?? 'image'), made, say)
    if (image !== undefined) made.set(stage.name ?? '', image.locate)
  }
  if (image === undefined) throw new Error('The Dockerfile has no stage.')
  return image
}

function buildStage({ instructions }: Stage, root: string, made: ReadonlyMap<string, Locate>, say: (line: string) => void): Image {
  const locate = (text: string): string => text.replace(OWN, (path) => join(root, path))
  const state: State = {
    locate,
    env: { PATH: `${join(root, 'usr/local/bin')}:/usr/sbin:/usr/bin:/sbin:/bin`, DEBIAN_FRONTEND: 'noninteractive' },
    uid: 0,
    workdir: root,
  }
  provideNode(join(root, 'usr/local/bin'))
  // Somebody else may be installing something.
  writeFileSync(join(root, 'apt.conf'), 'DPkg::Lock::Timeout "120";\n')
  state.env.APT_CONFIG = join(root, 'apt.conf')
  for (const instruction of instructions) {
    say(`${instruction.name} ${instruction.text}`)
    execute(instruction, state, made)
  }
  const command = (name: string): Command | undefined => {
    const text = instructions.findLast((instruction) => instruction.name === name)?.text
    return text === undefined ? undefined : (parseCommand(locate(text.replace(/^CMD /, ''))) as Command)
  }
  const [program, ...args] = [...(command('ENTRYPOINT') ?? []), ...(command('CMD') ?? [])]
  const { env, workdir } = state
  return { command: [program ?? '', ...args], healthCheck: command('HEALTHCHECK') ?? [''], env, workdir, dataDir: env.DATA_DIR ?? '', locate }
}

/** What the base image has: Node.js of the lock file's version, and npm. */
function provideNode(folder: string): void {
  mkdirSync(folder, { recursive: true })
  copyFileSync(process.execPath, join(folder, 'node'))
  chmodSync(join(folder, 'node'), 0o755)
  const npm = process.env.npm_execpath ?? execFileSync('sh', ['-c', 'realpath "$(command -v npm)"'], { encoding: 'utf8' }).trim()
  symlinkSync(npm, join(folder, 'npm'))
}

function execute({ name, flags, text }: Instruction, state: State, made: ReadonlyMap<string, Locate>): void {
  const { locate, env } = state
  if (name === 'RUN') run(locate(text), state)
  else if (name === 'ARG' || name === 'ENV') for (const [key, value] of Object.entries(parsePairs(text))) env[key] = locate(value)
  else if (name === 'USER') state.uid = Number.parseInt(text, 10)
  else if (name === 'WORKDIR') {
    state.workdir = locate(text)
    mkdirSync(state.workdir, { recursive: true })
  } else if (name === 'COPY') copy(text.split(/\s+/), flags, state, made)
  else if (!['LABEL', 'VOLUME', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'].includes(name)) throw new Error(`Not understood: ${name}`)
}

function run(script: string, { env, uid, workdir }: State): void {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
    cwd: workdir,
    env: { ...network, ...env },
    uid,
    gid: uid,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (status !== 0) throw new Error(`RUN ${script}\nended with ${status}:\n${`${stdout}${stderr}`.slice(-4000)}`)
}

function copy(paths: readonly string[], flags: Instruction['flags'], { locate, workdir }: State, made: ReadonlyMap<string, Locate>): void {
  const destination = resolve(workdir, locate(paths.at(-1) ?? ''))
  const isInto = /(^\.\/?|\/)$/.test(paths.at(-1) ?? '')
  const from = flags.from === undefined ? undefined : made.get(flags.from)
  const isIgnored = from === undefined ? readIgnored() : () => false
  for (const path of paths.slice(0, -1)) {
    const source = from === undefined ? resolve(ROOT, path) : from(path)
    if (source === undefined) continue
    const target = isInto && statSync(source).isFile() ? join(destination, basename(source)) : destination
    mkdirSync(dirname(target), { recursive: true })
    cpSync(source, target, { recursive: true, verbatimSymlinks: true, filter: (file) => !isIgnored(relative(ROOT, file)) })
    if (flags.chown !== undefined) own(target, Number.parseInt(flags.chown, 10))
  }
}

/** As the engine reads .dockerignore: the last line that fits decides. */
function readIgnored(): (path: string) => boolean {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const rules = lines.map((line) => ({ pattern: line.replace(/^!/, ''), ignores: !line.startsWith('!') }))
  return (path) => rules.findLast(({ pattern }) => matchesGlob(path, pattern))?.ignores ?? false
}

function own(path: string, uid: number): void {
  lchownSync(path, uid, uid)
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) own(join(path, name), uid)
}
