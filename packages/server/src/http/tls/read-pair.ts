import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { StartError } from '../../kernel/start-error.ts'

/** Far more than a certificate with all that lead to its authority. */
const PEM_BYTES_MAX = 1024 * 1024
/** Each has forward secrecy and authenticates what it encrypts; the first three are those of TLS 1.3. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

export interface PairPaths {
  readonly certPath: string
  readonly keyPath: string
  /** Opens an encrypted key. */
  readonly passphrase: string | undefined
}

/** A certificate and its key, as two files held them. */
export interface Pair {
  readonly cert: Buffer
  readonly key: Buffer
  /** The first certificate of `cert`. */
  readonly x509: X509Certificate
  /** For every server that presents it. */
  readonly context: SecureContextOptions
}

/** A pair of files that TLS cannot be served with, in one line that names the setting and the file. */
export class CertificateError extends StartError {
  override name = 'CertificateError'
}

/** Reads both files and checks that they can be used together; an expired certificate can. @throws {CertificateError} */
export async function readPair({ certPath, keyPath, passphrase }: PairPaths): Promise<Pair> {
  const cert = await readPem('SSL_CERT_PATH', certPath)
  const key = await readPem('SSL_KEY_PATH', keyPath)
  const x509 = parseCertificate(cert, certPath)
  if (!x509.checkPrivateKey(parseKey(key, keyPath, passphrase)))
    throw new CertificateError(`The key in ${keyPath} (SSL_KEY_PATH) does not belong to the certificate in ${certPath} (SSL_CERT_PATH).`)
  const context: SecureContextOptions = {
    ...{ cert, key, minVersion: 'TLSv1.2', ciphers: CIPHERS },
    ...(passphrase === undefined ? {} : { passphrase }),
  }
  try {
    createSecureContext(context)
  } catch (error) {
    throw new CertificateError(`TLS cannot be served with ${certPath} (SSL_CERT_PATH): ${(error as Error).message}.`, { cause: error })
  }
  return { cert, key, x509, context }
}

async function readPem(setting: string, path: string): Promise<Buffer> {
  try {
    const stats = await stat(path)
    if (!stats.isFile()) throw new Error('it is not a file')
    if (stats.size > PEM_BYTES_MAX) throw new Error(`it has more than ${PEM_BYTES_MAX} bytes`)
    return await readFile(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'this user may not' : (code ?? message)
    throw new CertificateError(`${setting} is ${path}, which cannot be read: ${reason}.`, { cause: error })
  }
}

function parseCertificate(pem: Buffer, path: string): X509Certificate {
  try {
    // It would take the binary format too, which TLS does not.
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no PEM block')
    return new X509Certificate(pem)
  } catch (error) {
    throw new CertificateError(`SSL_CERT_PATH is ${path}, which holds no PEM certificate.`, { cause: error })
  }
}

function parseKey(key: Buffer, path: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) })
  } catch (error) {
    const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key.toString('latin1'))
    const problem = !isEncrypted
      ? `SSL_KEY_PATH is ${path}, which holds no PEM private key.`
      : passphrase === undefined
        ? `SSL_KEY_PATH is ${path}, which is encrypted: set SSL_KEY_PASSPHRASE.`
        : `SSL_KEY_PASSPHRASE does not open the key in ${path} (SSL_KEY_PATH).`
    throw new CertificateError(problem, { cause: error })
  }
}
