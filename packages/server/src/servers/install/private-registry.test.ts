import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { testPairs } from '../../../test/tls-pairs.ts'
import { loadConfig } from '../../config/load-config.ts'
import { createProcesses, type Processes } from '../../process/processes.ts'
import { createPrograms } from '../safety/programs.ts'
import { createInstaller } from './installer.ts'

const log = pino({ level: 'silent' })
const NAME = '@acme/tiny'
const TOKEN = 'npm_token-of-the-registry'
let dataDir: string
let processes: Processes
const closing: (() => unknown)[] = []

beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'tooldock-registry-')))
  processes = createProcesses({ log, dataDir })
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await processes.close()
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
})

async function listen(listener: RequestListener, tls?: { readonly cert: string; readonly key: string }): Promise<string> {
  const server = (tls === undefined ? createServer(listener) : createTlsServer(tls, listener)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Made by npm itself, as a publisher would. */
async function pack(): Promise<Buffer> {
  const dir = await mkdtemp(join(dataDir, 'tiny-'))
  await writeFile(join(dir, 'package.json'), JSON.stringify({ name: NAME, version: '1.2.3', bin: { tiny: 'server.js' } }))
  await writeFile(join(dir, 'server.js'), '#!/usr/bin/env node\n')
  execFileSync('npm', ['pack', '--silent'], { cwd: dir, env: { PATH: process.env.PATH, HOME: dir, npm_config_cache: join(dir, 'cache') } })
  return readFile(join(dir, 'acme-tiny-1.2.3.tgz'))
}

interface Seen {
  readonly url: string
  readonly authorization: string | undefined
}

/** A registry of one package for those with the token, at `origin`. */
function registry(origin: string, tarball: Buffer, seen: Seen[]) {
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  return ({ url = '', headers: { authorization } }: IncomingMessage, response: ServerResponse): void => {
    const { pathname } = new URL(url, origin)
    seen.push({ url: pathname, authorization })
    if (authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end()
    if (pathname === '/tiny-1.2.3.tgz') return void response.end(tarball)
    if (decodeURIComponent(pathname) !== `/${NAME}`) return void response.writeHead(404).end('{}')
    const version = { name: NAME, version: '1.2.3', bin: { tiny: 'server.js' }, dist: { tarball: `${origin}/tiny-1.2.3.tgz`, integrity } }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name: NAME, 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': version } }))
  }
}

async function install(change: { readonly npmRegistry: string; readonly httpProxy?: string; readonly extraCaCerts?: string }): Promise<string> {
  const machine = loadConfig()
  const { httpProxy: _http, httpsProxy: _https, noProxy: _none, ...config } = machine
  const installer = createInstaller({
    serversDir: join(dataDir, 'servers'),
    processes,
    programs: createPrograms(machine.programPath),
    config: { ...config, ...change, npmRegistryToken: TOKEN } as typeof machine,
    scrub: (text) => text,
    log,
  })
  closing.push(() => installer.close())
  const job = installer.start({ namespace: 'tiny', source: { kind: 'npm', package: NAME, args: [] } })
  const installed = await job.done
  expect(job.lines.join('\n')).not.toContain(TOKEN)
  expect(installed.version).toBe('1.2.3')
  return readFile(join(installed.dir, 'package-lock.json'), 'utf8')
}

it('a package comes from the private registry that the settings name, with its token', { timeout: 120_000 }, async () => {
  const tarball = await pack()
  const seen: Seen[] = []
  let answer: RequestListener = () => {}
  const origin = await listen((request, response) => answer(request, response))
  answer = registry(origin, tarball, seen)
  expect(await install({ npmRegistry: origin })).toContain('"1.2.3"')
  expect(seen.map(({ url }) => decodeURIComponent(url))).toEqual(expect.arrayContaining([`/${NAME}`, '/tiny-1.2.3.tgz']))
  expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${TOKEN}`]))
})

it('a registry that only the proxy of the settings can reach is reached through it', { timeout: 120_000 }, async () => {
  const tarball = await pack()
  const seen: Seen[] = []
  const origin = 'http://registry.invalid'
  const serve = registry(origin, tarball, seen)
  const proxied: (string | undefined)[] = []
  const proxy = await listen((request, response) => {
    proxied.push(request.url)
    serve(request, response)
  })
  await install({ npmRegistry: origin, httpProxy: proxy })
  expect(proxied.length).toBeGreaterThanOrEqual(2)
  for (const url of proxied) expect(url).toMatch(/^http:\/\/registry\.invalid\//)
})

it('a registry whose certificate is of an authority that NODE_EXTRA_CA_CERTS names is trusted', { timeout: 120_000 }, async () => {
  const tarball = await pack()
  const seen: Seen[] = []
  const pairs = testPairs()
  closing.push(pairs.remove)
  const { certPath, keyPath } = pairs.make('registry')
  let answer: RequestListener = () => {}
  const tls = { cert: await readFile(certPath, 'utf8'), key: await readFile(keyPath, 'utf8') }
  const origin = await listen((request, response) => answer(request, response), tls)
  answer = registry(origin, tarball, seen)
  await install({ npmRegistry: origin, extraCaCerts: certPath })
  expect(seen.map(({ url }) => url)).toContain('/tiny-1.2.3.tgz')
})
