import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PublishedRegistry {
  readonly url: string
  close(): Promise<void>
}

/** The configured npm registry as it is after `npm publish` of `tarball`: it has this package, and all that others published. */
export async function publishedRegistry(tarball: string, manifest: { readonly name: string; readonly version: string }): Promise<PublishedRegistry> {
  const bytes = readFileSync(tarball)
  const configured = execFileSync('npm', ['config', 'get', 'registry', '--loglevel=error'], { encoding: 'utf8' }).trim()
  const server = createServer(({ url = '/' }, response) => {
    if (url === '/tarball.tgz') response.end(bytes)
    else if (url === `/${manifest.name}`) response.setHeader('content-type', 'application/json').end(JSON.stringify(packument()))
    else response.writeHead(307, { location: new URL(url.slice(1), configured).href }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const packument = () => {
    const dist = { tarball: `${url}tarball.tgz`, integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}` }
    // npm adds the mark when it publishes a package that has such a file.
    const version = { ...manifest, dist, _hasShrinkwrap: true }
    return { name: manifest.name, 'dist-tags': { latest: manifest.version }, versions: { [manifest.version]: version } }
  }
  return {
    url,
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
