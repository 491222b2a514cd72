import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What the official conformance suite found in one scenario, counted strictly. */
export interface ScenarioResult {
  readonly scenario: string
  /** Does the frozen requirement set of the revision score it? */
  readonly scored: boolean
  /** At least one check of its own succeeded, and none failed, warned or was skipped. */
  readonly passed: boolean
  readonly succeeded: number
  /** Checks that failed, warned or were skipped, as `STATUS id: message`. Also says that the scenario did not run. */
  readonly complaints: readonly string[]
}

interface Check {
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
  readonly errorMessage?: string
}

const PACKAGE = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'))
const COMPLAINTS = new Set<Check['status']>(['FAILURE', 'WARNING', 'SKIPPED'])

/** The scored scenarios of a revision: the list under `server:` or `client:` of its frozen requirements. */
export function scoredScenarios(revision: string, leg: 'server' | 'client' = 'server'): string[] {
  const text = readFileSync(join(PACKAGE, 'requirements', `${revision}.yaml`), 'utf8')
  const section = new RegExp(`^${leg}:\\n((?: {2}- .*\\n)+)`, 'm').exec(text)?.[1] ?? ''
  return section.split('\n').flatMap((line) => /^ {2}- (\S+)/.exec(line)?.[1] ?? [])
}

/** Runs the frozen requirement set of `revision` against an MCP address; every scenario, scored or not, by name. */
export async function runSuite(url: string, revision: string): Promise<Map<string, ScenarioResult>> {
  const results = await run(['server', '--url', url, '--requirements', revision], scoredScenarios(revision))
  for (const scenario of scoredScenarios(revision)) if (!results.has(scenario)) results.set(scenario, didNotRun(scenario))
  return results
}

/** What the suite's "client" has to know to put a gateway between itself and the suite's server. */
export interface DriverOptions {
  readonly gateway: { readonly url: string; readonly token: string }
  /** Under which it adds the suite's server, and removes it again. */
  readonly namespace: string
  /** Which it speaks itself, whatever era the suite's server is of. */
  readonly era: 'modern' | 'legacy'
}

/** Runs one of the suite's client scenarios: its server is what judges, and the gateway that server's client. */
export async function runClientScenario(scenario: string, revision: string, options: DriverOptions): Promise<ScenarioResult> {
  const command = [process.execPath, join(import.meta.dirname, 'driver/main.ts')].map((part) => JSON.stringify(part)).join(' ')
  const args = ['client', '--command', command, '--scenario', scenario, '--spec-version', revision, '--force']
  const results = await run(args, scoredScenarios(revision, 'client'), { TOOLDOCK_DRIVER: JSON.stringify(options) })
  return results.get(scenario) ?? didNotRun(scenario)
}

const didNotRun = (scenario: string): ScenarioResult => ({ scenario, scored: true, passed: false, succeeded: 0, complaints: ['did not run'] })

/** 2026-07-28 has no handshake, which the suite reports as headers it could not look at. */
const isHandshake = ({ status, errorMessage }: Check) =>
  status === 'SKIPPED' && /did not send a (initialize|notifications\/initialized) request/.test(errorMessage ?? '')

function judge(scenario: string, scored: boolean, checks: readonly Check[]): ScenarioResult {
  const complaints = checks
    .filter((check) => COMPLAINTS.has(check.status) && !isHandshake(check))
    .map(({ id, status, errorMessage }) => `${status} ${id}: ${errorMessage ?? ''}`)
  // The validation of each message against the schema is done in every scenario; it alone proves nothing.
  const succeeded = checks.filter(({ status }) => status === 'SUCCESS')
  const passed = complaints.length === 0 && succeeded.some(({ id }) => !id.startsWith('wire-schema'))
  return { scenario, scored, passed, succeeded: succeeded.length, complaints }
}

/** Results by scenario. The suite's exit code counts warnings as passes, so it is not looked at. */
async function run(args: readonly string[], scored: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Map<string, ScenarioResult>> {
  const out = mkdtempSync(join(tmpdir(), 'tooldock-conformance-'))
  try {
    const printed = await execute([...args, '-o', out], env)
    const results = new Map<string, ScenarioResult>()
    for (const folder of readdirSync(out)) {
      const scenario = /^(?:server-)?(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder)?.[1]
      if (scenario === undefined) throw new Error(`the suite wrote a folder of another form: ${folder}`)
      const checks = JSON.parse(readFileSync(join(out, folder, 'checks.json'), 'utf8')) as Check[]
      results.set(scenario, judge(scenario, scored.includes(scenario), checks))
    }
    if (results.size === 0) throw new Error(`the suite did not finish: ${printed.slice(-2000)}`)
    return results
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function execute(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((done) => {
    execFile(process.execPath, [join(PACKAGE, 'dist/index.js'), ...args], { env: { ...process.env, ...env }, maxBuffer: 1 << 28 }, (_error, stdout, stderr) =>
      done(stdout + stderr),
    )
  })
}

/** One line per scenario that is not passed, for the message of a failed assertion. */
export function failures(results: Iterable<ScenarioResult>): string[] {
  return [...results]
    .filter(({ passed }) => !passed)
    .map(({ scenario, complaints }) => `${scenario}\n    ${complaints.join('\n    ') || 'no check of its own succeeded'}`)
}
