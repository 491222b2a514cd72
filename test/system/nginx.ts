import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { descendantsOf } from './processes.ts'

const SOURCE = resolve(import.meta.dirname, '../../packages/admin-ui')

export interface Nginx {
  /** Of the listener that serves; HTTPS when a certificate was given. */
  readonly url: string
  /** With a certificate: of the listener that redirects. */
  readonly plainUrl: string
  output(): string
  /** False when it could not start, or ended. */
  readonly isRunning: boolean
  /** SIGKILL to every process of it; `restart` serves the same addresses again. */
  killHard(): Promise<void>
  restart(): void
  stop(): Promise<void>
}

export interface NginxOptions {
  readonly gatewayPort: number
  readonly env?: Readonly<Record<string, string>>
  /** What else is replaced in the shipped files, by their names. */
  readonly edits?: Readonly<Partial<Record<'nginx-http.conf' | 'nginx-locations.conf', Readonly<Record<string, string>>>>>
}

/** The shipped configuration with free ports instead of its own, started by the shipped script. */
export async function startNginx({ gatewayPort, env = {}, edits = {} }: NginxOptions): Promise<Nginx> {
  const dir = mkdtempSync(join(tmpdir(), 'tooldock-nginx-'))
  const [port, plainPort] = [await freePort(), await freePort()]
  for (const file of readdirSync(SOURCE).filter((name) => name.startsWith('nginx'))) cpSync(join(SOURCE, file), join(dir, file))
  const edit = (file: string, changes: Readonly<Record<string, string>>): void => {
    let text = readFileSync(join(dir, file), 'utf8').replaceAll('/tmp/tooldock-nginx', join(dir, 'run'))
    for (const [from, to] of Object.entries(changes)) {
      if (!text.includes(from)) throw new Error(`${file} has no "${from}"`)
      text = text.replace(from, to)
    }
    writeFileSync(join(dir, file), text)
  }
  edit('nginx.conf', { 'listen 13000': `listen 127.0.0.1:${port}` })
  edit('nginx-ssl.conf.template', { 'listen 443': `listen 127.0.0.1:${port}`, 'listen 80': `listen 127.0.0.1:${plainPort}` })
  edit('nginx-http.conf', { '127.0.0.1:13001': `127.0.0.1:${gatewayPort}`, ...edits['nginx-http.conf'] })
  edit('nginx-locations.conf', edits['nginx-locations.conf'] ?? {})
  let printed = ''
  const start = (): { readonly child: ChildProcess; readonly ended: Promise<void> } => {
    const child = spawn('sh', [join(dir, 'nginx-start.sh')], {
      env: { PATH: '/usr/sbin:/usr/bin:/bin', NGINX_DIR: join(dir, 'conf'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (printed += text))
    return { child, ended: new Promise<void>((done) => child.once('close', () => done())) }
  }
  let { child, ended } = start()
  return {
    url: `${env.SSL_CERT_PATH === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    plainUrl: `http://127.0.0.1:${plainPort}`,
    output: () => printed,
    get isRunning() {
      return child.exitCode === null && child.signalCode === null
    },
    async killHard() {
      // Stopped first, it starts no worker in the place of a killed one.
      child.kill('SIGSTOP')
      for (const { pid } of descendantsOf(child.pid as number)) process.kill(pid, 'SIGKILL')
      child.kill('SIGKILL')
      await ended
    },
    restart() {
      ;({ child, ended } = start())
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
