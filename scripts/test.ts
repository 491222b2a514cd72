// `npm test`: every check there is, in order, up to the first that fails. The last line counts.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { SKIPS, type SkipName, skipNotice } from '../test/skips.ts'
import { isClientStale } from './api-client.ts'
import { auditGate } from './audit-gate.ts'
import { stalePages } from './docs.ts'

const PROJECT = dirname(import.meta.dirname)

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}
const PASSED: Counts = { passed: 1, failed: 0, skipped: 0 }
const FAILED: Counts = { passed: 0, failed: 1, skipped: 0 }
const SKIPPED: Counts = { passed: 0, failed: 0, skipped: 1 }

/** What is used of the file that Vitest's JSON reporter writes. */
interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly meta: { readonly skip?: SkipName } }[]
  }[]
}

const STEPS: readonly { readonly title: string; readonly run: () => Promise<Counts> }[] = [
  { title: 'Types (tsc)', run: () => check('tsc', '-p', '.') },
  { title: 'Types of the admin UI (tsc)', run: () => check('tsc', '-p', 'packages/admin-ui') },
  { title: 'Lint and format (Biome)', run: () => check('biome', 'check', '--error-on-warnings', '.') },
  { title: 'Import rules (dependency-cruiser)', run: () => check('node', 'scripts/check-imports.ts') },
  { title: 'Dead code (knip)', run: () => check('knip') },
  { title: 'Generated pages and client', run: checkPages },
  { title: 'Unit tests', run: () => vitest('unit') },
  { title: 'Tests with real processes and databases', run: () => vitest('processes') },
  { title: 'Whole-system tests', run: () => vitest('system') },
  { title: 'Official clients and real servers', run: () => vitest('clients') },
  { title: 'Official conformance suite', run: () => vitest('protocol') },
  { title: 'Audit of what ships', run: audit },
]

/** Runs a program of node_modules with its output shown, and answers its exit code. */
function execute(command: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, PATH: `${join(PROJECT, 'node_modules/.bin')}${delimiter}${process.env.PATH}` }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: PROJECT, env, stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

async function check(command: string, ...args: string[]): Promise<Counts> {
  return (await execute(command, args)) === 0 ? PASSED : FAILED
}

async function checkPages(): Promise<Counts> {
  const stale = stalePages()
  for (const page of stale) console.error(`${page} is not what its table says: npm run docs`)
  const isStale = await isClientStale()
  if (isStale) console.error("packages/admin-ui/src/api/generated is not of the admin API's document as it is: npm run api-client")
  return stale.length === 0 && !isStale ? PASSED : FAILED
}

async function vitest(project: string): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'tooldock-test-'))
  try {
    const file = join(folder, 'report.json')
    const code = await execute('vitest', ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`])
    const report = JSON.parse(await readFile(file, 'utf8')) as VitestReport
    const left = report.testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status !== 'passed' && status !== 'failed')
    const unexcused = process.env.CI ? left.filter(({ meta }) => meta.skip === undefined || !SKIPS[meta.skip].allowedInCi) : []
    for (const { fullName } of unexcused) console.error(`skipped, which test/skips.ts does not allow in CI: ${fullName}`)
    for (const name of new Set(left.flatMap(({ meta }) => meta.skip ?? []))) console.warn(skipNotice(name))
    // A file that does not load, or an error outside any test, fails the run without a failed test.
    const failed = Math.max(report.numFailedTests, code === 0 ? 0 : 1) + unexcused.length
    return { passed: report.numPassedTests, failed, skipped: left.length - unexcused.length }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function audit(): Promise<Counts> {
  const { verdict, lines } = await auditGate()
  for (const line of lines) console.warn(line)
  return { passed: PASSED, failed: FAILED, skipped: SKIPPED }[verdict]
}

function seconds(sinceMs: number): string {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`
}

const started = Date.now()
let total: Counts = { passed: 0, failed: 0, skipped: 0 }
for (const { title, run } of STEPS) {
  const stepStarted = Date.now()
  console.log(`\n=== ${title} ===`)
  const { passed, failed, skipped } = await run()
  total = { passed: total.passed + passed, failed: total.failed + failed, skipped: total.skipped + skipped }
  console.log(`--- ${title}: ${failed > 0 ? 'FAILED' : passed === 0 ? 'SKIPPED' : 'ok'} in ${seconds(stepStarted)}`)
  if (failed > 0) break
}
console.log(`\n${seconds(started)} in all`)
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed > 0 ? 1 : 0
