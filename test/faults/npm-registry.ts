import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A registry on the loopback address with one package, `word` 1.0.0, which exports `word`. */
export interface NpmRegistry {
  readonly url: string
  stop(): void
}

export async function startNpmRegistry(): Promise<NpmRegistry> {
  const tarball = pack()
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) return void response.end(tarball)
    if (request.url !== '/word') return void response.writeHead(404).end('{}')
    const version = { name: 'word', version: '1.0.0', dist: { tarball: `http://${request.headers.host}/word/-/word-1.0.0.tgz` } }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name: 'word', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** As `npm pack` makes it. */
function pack(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'tooldock-package-'))
  try {
    mkdirSync(join(folder, 'package'))
    writeFileSync(join(folder, 'package/package.json'), JSON.stringify({ name: 'word', version: '1.0.0', type: 'module', exports: './index.js' }))
    writeFileSync(join(folder, 'package/index.js'), "export const word = 'word'\n")
    execFileSync('tar', ['czf', join(folder, 'word.tgz'), '-C', folder, 'package'])
    return readFileSync(join(folder, 'word.tgz'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
