import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../../config/settings.ts'
import { type Pair, type PairPaths, readPair } from './read-pair.ts'

/** Both files are rarely replaced in one moment: they are read when their folder has been quiet for so long. */
const SETTLE_MS = 500
/** Not every change is told: links that lead out of the folder, network file systems. */
const RECHECK_MS = 60_000

export interface CertificateInfo {
  /** As `CN=tools.example.com, O=Example`; the names it is for when it has no subject. */
  readonly subject: string
  readonly issuer: string
  /** ISO 8601 UTC. */
  readonly validTo: string
}

/** What TLS is served with. */
export interface Certificate {
  /** In force. */
  readonly pair: Pair
  readonly info: CertificateInfo
  /** Why the files that lie there now are not in force; undefined: they are. */
  readonly problem: string | undefined
  /** Is this one that our listeners present, or presented until a moment ago? */
  isOurs(certificate: Buffer): boolean
  /** Tells of each pair that comes into force; returns what ends that. */
  onChange(listener: (pair: Pair) => void): () => void
  close(): void
}

export type CertificateConfig = Pick<Config, 'sslCertPath' | 'sslKeyPath' | 'sslKeyPassphrase'>

/**
 * Reads the certificate, and takes another pair as soon as one lies there that can be used; with one that cannot, the
 * former stays in force.
 * @returns undefined when no TLS is wanted
 * @throws {CertificateError}
 */
export async function openCertificate(
  { sslCertPath, sslKeyPath, sslKeyPassphrase }: CertificateConfig,
  log: Pick<Logger, 'info' | 'warn' | 'error'>,
  recheckMs = RECHECK_MS,
): Promise<Certificate | undefined> {
  if (sslCertPath === undefined || sslKeyPath === undefined) return undefined
  const paths: PairPaths = { certPath: sslCertPath, keyPath: sslKeyPath, passphrase: sslKeyPassphrase }
  const listeners = new Set<(pair: Pair) => void>()
  let pair = await readPair(paths)
  let former = pair
  let problem: string | undefined
  let isClosed = false
  warnOfDates(pair, log)

  const take = (next: Pair): void => {
    problem = undefined
    if (next.cert.equals(pair.cert) && next.key.equals(pair.key)) return
    former = pair
    pair = next
    for (const listener of listeners) listener(next)
    log.info(infoOf(next), 'another certificate is in force')
    warnOfDates(next, log)
  }
  const check = async (): Promise<void> => {
    try {
      const next = await readPair(paths)
      if (!isClosed) take(next)
    } catch (error) {
      const { message } = error as Error
      if (message !== problem && !isClosed) log.error(`${message} The former certificate stays in force until ${infoOf(pair).validTo}.`)
      problem = message
    }
  }
  const unwatch = watchFolders([dirname(sslCertPath), dirname(sslKeyPath)], check, recheckMs, log)
  return {
    get pair() {
      return pair
    },
    get info() {
      return infoOf(pair)
    },
    get problem() {
      return problem
    },
    isOurs: (certificate) => certificate.equals(pair.x509.raw) || certificate.equals(former.x509.raw),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close() {
      isClosed = true
      unwatch()
      listeners.clear()
    },
  }
}

/** Calls `check` when something in a folder changed, and every `recheckMs`; never twice at once. */
function watchFolders(folders: readonly string[], check: () => Promise<void>, recheckMs: number, log: Pick<Logger, 'warn'>): () => void {
  let settling: NodeJS.Timeout | undefined
  let checking = Promise.resolve()
  const checkNext = (): void => {
    checking = checking.then(check)
  }
  const onChange = (): void => {
    clearTimeout(settling)
    settling = setTimeout(checkNext, SETTLE_MS).unref()
  }
  const watchers = [...new Set(folders)].flatMap((folder): FSWatcher[] => {
    const unwatched = (error: Error): void =>
      log.warn({ folder, reason: error.message }, `a folder of the certificate cannot be watched; it is looked at every ${recheckMs / 1000} s`)
    try {
      return [watch(folder, { persistent: false }, onChange).on('error', unwatched)]
    } catch (error) {
      unwatched(error as Error)
      return []
    }
  })
  const timer = setInterval(checkNext, recheckMs).unref()
  return () => {
    for (const watcher of watchers) watcher.close()
    clearTimeout(settling)
    clearInterval(timer)
  }
}

function infoOf({ x509 }: Pair): CertificateInfo {
  const line = (name: string | undefined): string => (name ?? '').replaceAll('\n', ', ')
  return { subject: line(x509.subject) || line(x509.subjectAltName), issuer: line(x509.issuer), validTo: x509.validToDate.toISOString() }
}

function warnOfDates({ x509 }: Pair, log: Pick<Logger, 'warn'>): void {
  const nowMs = Date.now()
  if (x509.validToDate.getTime() <= nowMs) log.warn(`The certificate expired at ${x509.validToDate.toISOString()}: clients will refuse it.`)
  if (x509.validFromDate.getTime() > nowMs) log.warn(`The certificate is valid from ${x509.validFromDate.toISOString()} on only: clients will refuse it.`)
}
