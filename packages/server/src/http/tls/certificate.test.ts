import { X509Certificate } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { testPairs } from '../../../test/tls-pairs.ts'
import { certificateAttention } from '../../admin/attention/attention-sources.ts'
import { type Certificate, openCertificate } from './certificate.ts'
import { CertificateError, type PairPaths } from './read-pair.ts'

const pairs = testPairs()
afterAll(() => pairs.remove())
const write = (name: string, text: string): string => {
  const path = join(pairs.dir, name)
  writeFileSync(path, text)
  return path
}

const lines: Record<string, unknown>[] = []
const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) })
const opened: Certificate[] = []
afterEach(() => {
  lines.length = 0
  for (const certificate of opened.splice(0)) certificate.close()
})

async function open({ certPath, keyPath, passphrase }: PairPaths, recheckMs?: number): Promise<Certificate> {
  const certificate = await openCertificate({ sslCertPath: certPath, sslKeyPath: keyPath, sslKeyPassphrase: passphrase }, log, recheckMs)
  if (certificate === undefined) throw new Error('no certificate was opened')
  opened.push(certificate)
  return certificate
}

const subjectOf = (certificate: Certificate): string => certificate.info.subject
const soon = { timeout: 10_000 }

describe('at start', () => {
  it('tells subject, issuer and end of the certificate, opens an encrypted key, and is not there without settings', async () => {
    const { info } = await open(pairs.make('encrypted', { name: 'tools', passphrase: 'open sesame' }))
    expect(info).toEqual({ subject: 'O=ToolDock, CN=tools', issuer: 'O=ToolDock, CN=tools', validTo: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(Date.parse(info.validTo)).toBeGreaterThan(Date.now())
    expect(await openCertificate({ sslCertPath: undefined, sslKeyPath: undefined, sslKeyPassphrase: undefined }, log)).toBeUndefined()
  })

  it('serves an expired certificate, and says so', async () => {
    await open(pairs.make('expired', { days: -1 }))
    expect(lines).toMatchObject([{ level: 40, msg: expect.stringMatching(/^The certificate expired at \d{4}-/) }])
  })

  it('refuses in one line a pair that cannot be used', async () => {
    const [good, other, encrypted] = [pairs.make('good'), pairs.make('other'), pairs.make('locked', { passphrase: 'open sesame' })]
    const closed = write('closed.pem', readFileSync(good.keyPath, 'utf8'))
    chmodSync(closed, 0)
    const der = join(pairs.dir, 'cert.der')
    writeFileSync(der, new X509Certificate(readFileSync(good.certPath)).raw)
    const cases: [Partial<PairPaths>, string][] = [
      [{ certPath: '/nowhere/c.pem' }, 'SSL_CERT_PATH is /nowhere/c.pem, which cannot be read: there is no such file.'],
      [{ keyPath: pairs.dir }, `SSL_KEY_PATH is ${pairs.dir}, which cannot be read: it is not a file.`],
      [{ certPath: write('empty.pem', '') }, `SSL_CERT_PATH is ${join(pairs.dir, 'empty.pem')}, which holds no PEM certificate.`],
      [{ certPath: good.keyPath }, `SSL_CERT_PATH is ${good.keyPath}, which holds no PEM certificate.`],
      [{ certPath: der }, `SSL_CERT_PATH is ${der}, which holds no PEM certificate.`],
      [{ certPath: write('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n') }, 'which holds no PEM certificate.'],
      [{ keyPath: good.certPath }, `SSL_KEY_PATH is ${good.certPath}, which holds no PEM private key.`],
      [{ keyPath: other.keyPath }, `The key in ${other.keyPath} (SSL_KEY_PATH) does not belong to the certificate in ${good.certPath} (SSL_CERT_PATH).`],
      [{ keyPath: encrypted.keyPath }, `SSL_KEY_PATH is ${encrypted.keyPath}, which is encrypted: set SSL_KEY_PASSPHRASE.`],
      [{ keyPath: encrypted.keyPath, passphrase: 'wrong' }, `SSL_KEY_PASSPHRASE does not open the key in ${encrypted.keyPath} (SSL_KEY_PATH).`],
      [
        { certPath: write('chain.pem', `${readFileSync(good.certPath, 'utf8')}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`) },
        'TLS cannot be served',
      ],
      // The administrator of a machine may read everything.
      ...(process.getuid?.() === 0 ? [] : [[{ keyPath: closed }, 'which cannot be read: this user may not.'] as [Partial<PairPaths>, string]]),
    ]
    for (const [paths, message] of cases) {
      const failure = await open({ ...good, ...paths }).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(CertificateError)
      expect((failure as Error).message).toContain(message)
      expect((failure as Error).message).not.toContain('\n')
    }
  })
})

describe('later', () => {
  it('takes a pair that was renamed into place, and keeps the former one while the new one cannot be used', async () => {
    const paths = pairs.make('renamed', { name: 'first' })
    const next = pairs.make('next', { name: 'second' })
    const certificate = await open(paths)
    const former = certificate.pair
    const told: string[] = []
    certificate.onChange(({ x509 }) => void told.push(x509.subject))
    renameSync(next.certPath, paths.certPath)
    await expect.poll(() => certificate.problem, soon).toMatch(/does not belong to the certificate/)
    expect(lines).toMatchObject([{ level: 50, msg: expect.stringMatching(/does not belong.*The former certificate stays in force until \d{4}-/) }])
    expect([subjectOf(certificate), told]).toEqual(['O=ToolDock, CN=first', []])
    renameSync(next.keyPath, paths.keyPath)
    await expect.poll(() => subjectOf(certificate), soon).toBe('O=ToolDock, CN=second')
    expect([certificate.problem, told, former === certificate.pair]).toEqual([undefined, ['O=ToolDock\nCN=second'], false])
    expect([former, certificate.pair].map(({ x509 }) => certificate.isOurs(x509.raw))).toEqual([true, true])
  })

  it('follows the links that Kubernetes and certbot swap', async () => {
    for (const name of ['one', 'two']) pairs.make(`versions/${name}`, { name })
    const mount = join(pairs.dir, 'mount')
    mkdirSync(mount)
    symlinkSync(join(pairs.dir, 'versions/one'), join(mount, '..data'))
    for (const file of ['tls.crt', 'tls.key']) symlinkSync(`..data/${file}`, join(mount, file))
    const certificate = await open({ certPath: join(mount, 'tls.crt'), keyPath: join(mount, 'tls.key'), passphrase: undefined })
    expect(subjectOf(certificate)).toBe('O=ToolDock, CN=one')
    symlinkSync(join(pairs.dir, 'versions/two'), join(mount, '..data_tmp'))
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
    await expect.poll(() => subjectOf(certificate), soon).toBe('O=ToolDock, CN=two')
  })

  it('finds by looking again what no folder tells, and leaves no watcher open', async () => {
    const before = readdirSync('/proc/self/fd').length
    pairs.make('elsewhere', { name: 'far' })
    const links = join(pairs.dir, 'links')
    mkdirSync(links)
    for (const file of ['tls.crt', 'tls.key']) symlinkSync(join(pairs.dir, 'elsewhere', file), join(links, file))
    const certificate = await open({ certPath: join(links, 'tls.crt'), keyPath: join(links, 'tls.key'), passphrase: undefined }, 50)
    pairs.make('elsewhere', { name: 'farther' })
    await expect.poll(() => subjectOf(certificate), soon).toBe('O=ToolDock, CN=farther')
    certificate.close()
    await expect.poll(() => readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before)
  })
})

it('needs a person from three weeks before its end on, and when the new files cannot be used', () => {
  const info = { subject: 'CN=tools', issuer: 'CN=ca', validTo: '2026-06-30T12:00:00.000Z' }
  const on = (day: string, problem?: string) => certificateAttention({ info, problem }, () => Date.parse(`${day}T12:00:00.000Z`))()
  expect(on('2026-06-09')).toEqual([])
  expect(on('2026-06-10')).toMatchObject([{ id: 'certificate', severity: 'warning', title: 'The certificate expires in 20 days' }])
  expect(on('2026-07-01', 'SSL_KEY_PATH is empty.')).toMatchObject([
    { id: 'certificate', severity: 'error', title: 'The certificate has expired', detail: expect.stringContaining('CN=tools: until 2026-06-30') },
    { id: 'certificate:files', severity: 'warning', detail: 'SSL_KEY_PATH is empty. The former one is served.' },
  ])
})
