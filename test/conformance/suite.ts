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

/** The scored server scenarios of a revision: the list under `server:` of its frozen requirements. */
export function scoredScenarios(revision: string): string[] {
  const text = readFileSync(join(PACKAGE, 'requirements', `${revision}.yaml`), 'utf8')
  const section = /^server:\n((?: {2}- .*\n)+)/m.exec(text)?.[1] ?? ''
  return section.split('\n').flatMap((line) => /^ {2}- (\S+)/.exec(line)?.[1] ?? [])
}

/** Runs the frozen requirement set of `revision` against an MCP address; every scenario, scored or not, by name. */
export async function runSuite(url: string, revision: string): Promise<Map<string, ScenarioResult>> {
  const out = mkdtempSync(join(tmpdir(), 'tooldock-conformance-'))
  try {
    await run(['server', '--url', url, '--requirements', revision, '-o', out])
    const scored = new Set(scoredScenarios(revision))
    const results = new Map<string, ScenarioResult>()
    for (const name of scored) results.set(name, { scenario: name, scored: true, passed: false, succeeded: 0, complaints: ['did not run'] })
    for (const folder of readdirSync(out)) {
      const scenario = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder)?.[1]
      if (scenario === undefined) throw new Error(`the suite wrote a folder of another form: ${folder}`)
      const checks = JSON.parse(readFileSync(join(out, folder, 'checks.json'), 'utf8')) as Check[]
      results.set(scenario, judge(scenario, scored.has(scenario), checks))
    }
    return results
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function judge(scenario: string, scored: boolean, checks: readonly Check[]): ScenarioResult {
  const complaints = checks.filter(({ status }) => COMPLAINTS.has(status)).map(({ id, status, errorMessage }) => `${status} ${id}: ${errorMessage ?? ''}`)
  // The validation of each message against the schema is done in every scenario; it alone proves nothing.
  const succeeded = checks.filter(({ status }) => status === 'SUCCESS')
  const passed = complaints.length === 0 && succeeded.some(({ id }) => !id.startsWith('wire-schema'))
  return { scenario, scored, passed, succeeded: succeeded.length, complaints }
}

/** The suite's exit code counts warnings as passes, so it is not looked at. */
function run(args: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    execFile(process.execPath, [join(PACKAGE, 'dist/index.js'), ...args], { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error !== null && !/SUMMARY/.test(stdout)) fail(new Error(`the suite did not finish: ${stderr}${stdout.slice(-2000)}`))
      else done()
    })
  })
}

/** One line per scenario that is not passed, for the message of a failed assertion. */
export function failures(results: Iterable<ScenarioResult>): string[] {
  return [...results]
    .filter(({ passed }) => !passed)
    .map(({ scenario, complaints }) => `${scenario}\n    ${complaints.join('\n    ') || 'no check of its own succeeded'}`)
}
