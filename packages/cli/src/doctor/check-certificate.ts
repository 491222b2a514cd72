import type { Config } from '@tooldock/server/config/settings'
import { CertificateError, readPair } from '@tooldock/server/http/read-pair'
import type { Finding } from './finding.ts'

const DAY_MS = 86_400_000
/** Time to have a new one made. */
const DAYS_LEFT_MIN = 21

const area = 'certificate'

export async function checkCertificate({ sslCertPath, sslKeyPath, sslKeyPassphrase }: Config, nowMs: number): Promise<Finding[]> {
  if (sslCertPath === undefined || sslKeyPath === undefined) return []
  try {
    const { x509 } = await readPair({ certPath: sslCertPath, keyPath: sslKeyPath, passphrase: sslKeyPassphrase })
    const days = Math.floor((x509.validToDate.getTime() - nowMs) / DAY_MS)
    const named = `The certificate in ${sslCertPath} (${x509.subjectAltName ?? x509.subject})`
    if (x509.validFromDate.getTime() > nowMs)
      return [{ area, state: 'error', message: `${named} is not valid before ${x509.validFrom}.`, advice: 'Check the clock of this machine.' }]
    if (days < 0)
      return [{ area, state: 'error', message: `${named} expired on ${x509.validTo}.`, advice: 'Renew it; a running gateway takes the new files by itself.' }]
    if (days < DAYS_LEFT_MIN)
      return [{ area, state: 'warning', message: `${named} expires in ${days} days.`, advice: 'Renew it; a running gateway takes the new files by itself.' }]
    return [{ area, state: 'ok', message: `${named} is valid for ${days} more days.` }]
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error
    return [{ area, state: 'error', message: error.message, advice: 'The gateway does not start with it.' }]
  }
}
