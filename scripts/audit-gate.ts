import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { skipNotice } from '../test/skips.ts'

const PROJECT = dirname(import.meta.dirname)
const REPORT_BYTES_MAX = 64 * 1024 * 1024

export type AuditVerdict = 'passed' | 'failed' | 'skipped'

export interface AuditOptions {
  /** The folder whose lock file is audited. */
  readonly cwd?: string
  /** Instead of the one npm is configured with. */
  readonly registry?: string
  /** npm's cache folder, instead of the user's. */
  readonly cache?: string
}

interface AuditReport {
  readonly vulnerabilities: Record<string, { readonly severity: string; readonly range: string }>
  readonly metadata: { readonly vulnerabilities: Record<string, number> }
}

/**
 * Asks the npm registry for advisories on what ships, and fails at `high` and above. A registry that cannot answer
 * skips the gate, because nothing in this repository can mend that.
 * @throws when npm answers neither a report nor the refusal of a registry.
 */
export async function auditGate({ cwd = PROJECT, registry, cache }: AuditOptions = {}): Promise<{ verdict: AuditVerdict; lines: string[] }> {
  const answer = await npmAudit(cwd, [...(registry ? [`--registry=${registry}`] : []), ...(cache ? [`--cache=${cache}`] : [])])
  if (isReport(answer)) {
    const { high = 0, critical = 0 } = answer.metadata.vulnerabilities
    const bad = Object.entries(answer.vulnerabilities).filter(([, { severity }]) => severity === 'high' || severity === 'critical')
    const lines = [...bad.map(([name, { severity, range }]) => `${severity}: ${name} ${range}`), `${high} high, ${critical} critical`]
    return { verdict: high + critical > 0 ? 'failed' : 'passed', lines }
  }
  if (isRefusal(answer)) return { verdict: 'skipped', lines: [skipNotice('audit-registry'), `npm says: ${answer.message}`] }
  throw new Error(`npm audit answered something unknown: ${JSON.stringify(answer).slice(0, 500)}`)
}

function npmAudit(cwd: string, options: string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const args = ['audit', '--omit=dev', '--json', '--fetch-retries=0', ...options]
    execFile('npm', args, { cwd, maxBuffer: REPORT_BYTES_MAX }, (error, stdout, stderr) => {
      // npm's exit code is 1 for findings and for failures alike: the JSON tells them apart.
      if (stdout.trim() === '') reject(error ?? new Error(`npm audit said nothing: ${stderr}`))
      else resolve(JSON.parse(stdout))
    })
  })
}

const isReport = (answer: unknown): answer is AuditReport =>
  typeof answer === 'object' && answer !== null && 'auditReportVersion' in answer && 'metadata' in answer

const isRefusal = (answer: unknown): answer is { message: string } =>
  typeof answer === 'object' && answer !== null && 'error' in answer && 'message' in answer && String(answer.message).includes('/-/npm/v1/security/')

if (import.meta.main) {
  const { verdict, lines } = await auditGate()
  for (const line of lines) console.log(line)
  console.log(`audit ${verdict}`)
  process.exitCode = verdict === 'failed' ? 1 : 0
}
