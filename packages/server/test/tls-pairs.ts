import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PairPaths } from '../src/http/tls/read-pair.ts'

export interface TestPairOptions {
  readonly name?: string
  /** From now; -1: it expired yesterday. */
  readonly days?: number
  readonly passphrase?: string
}

export interface TestPairs {
  readonly dir: string
  /** Makes a self-signed certificate for this machine, and its key, in a folder. */
  make(folder: string, options?: TestPairOptions): PairPaths
  remove(): void
}

export function testPairs(): TestPairs {
  const dir = mkdtempSync(join(tmpdir(), 'tooldock-tls-'))
  return {
    dir,
    make(folder, { name = 'localhost', days = 2, passphrase } = {}) {
      mkdirSync(join(dir, folder), { recursive: true })
      const [certPath, keyPath, requestPath] = ['tls.crt', 'tls.key', 'request.pem'].map((file) => join(dir, folder, file)) as [string, string, string]
      const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', keyPath]
      const secrecy = passphrase === undefined ? ['-nodes'] : ['-passout', `pass:${passphrase}`]
      const names = ['-subj', `/O=ToolDock/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
      if (days > 0) openssl('req', '-x509', '-days', String(days), ...key, ...secrecy, ...names, '-out', certPath)
      else {
        // `req -x509` makes none that has expired.
        openssl('req', '-new', ...key, ...secrecy, ...names, '-out', requestPath)
        openssl('x509', '-req', '-in', requestPath, '-signkey', keyPath, '-days', String(days), '-copy_extensions', 'copyall', '-out', certPath)
      }
      return { certPath, keyPath, passphrase }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}
