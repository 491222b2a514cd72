import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PairPaths } from './read-pair.ts'

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
      const secrecy = passphrase === undefined ? ['-nodes'] : ['-passout', `pass:${passphrase}`]
      const opening = passphrase === undefined ? [] : ['-passin', `pass:${passphrase}`]
      const names = ['-subj', `/O=ToolDock/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
      openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', keyPath, ...secrecy, ...names, '-out', requestPath)
      const signed = ['-in', requestPath, '-signkey', keyPath, ...opening, '-days', String(days), '-copy_extensions', 'copyall']
      openssl('x509', '-req', ...signed, '-out', certPath)
      return { certPath, keyPath, passphrase }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}
