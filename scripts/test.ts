// `npm test`: every check there is. A lane ends with the first of its steps that fails. The last line counts.
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

interface Step {
  readonly title: string
  readonly run: (shown: StepOutput) => Promise<Counts>
}

/** What a step prints: kept until it has ended, so that the lines of two lanes do not mix. */
interface StepOutput {
  say(line: string): void
  /** Runs a program of node_modules and answers its exit code. */
  execute(command: string, ...args: readonly string[]): Promise<number>
}

/**
 * What follows one after the other. The lanes run beside each other, because tests wait about as long as they work: three
 * of them, which take a processor at most, keep two busy, the least a CI machine has. What measures or has time limits of
 * its own comes last in its lane, when the others have less to do.
 */
const LANES: readonly (readonly Step[])[] = [
  [
    { title: 'Types (tsc)', run: check('tsc', '-p', '.') },
    { title: 'Types of the admin UI (tsc)', run: check('tsc', '-p', 'packages/admin-ui') },
    { title: 'Lint and format (Biome)', run: check('biome', 'check', '--error-on-warnings', '.') },
    { title: 'Import rules (dependency-cruiser)', run: check('node', 'scripts/check-imports.ts') },
    { title: 'Dead code (knip)', run: check('knip') },
    { title: 'Generated pages and client', run: checkPages },
    { title: 'Unit tests', run: vitest('unit') },
    { title: 'Tests with real processes and databases', run: vitest('processes') },
    { title: 'Audit of what ships', run: audit },
  ],
  [
    { title: 'Whole-system tests', run: vitest('system') },
    { title: 'Faults', run: vitest('faults') },
  ],
  [
    { title: 'The admin UI in a browser', run: vitest('browser') },
    { title: 'Official clients and real servers', run: vitest('clients') },
    { title: 'Official conformance suite', run: vitest('protocol') },
  ],
]

function createOutput(): StepOutput & { text(): Buffer } {
  const chunks: Buffer[] = []
  const env = { ...process.env, PATH: `${join(PROJECT, 'node_modules/.bin')}${delimiter}${process.env.PATH}` }
  return {
    say: (line) => void chunks.push(Buffer.from(`${line}\n`)),
    execute: (command, ...args) =>
      new Promise((resolve, reject) => {
        const child = spawn(command, args, { cwd: PROJECT, env, stdio: ['ignore', 'pipe', 'pipe'] })
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => void chunks.push(chunk))
        child.once('error', reject)
        child.once('close', (code) => resolve(code ?? 1))
      }),
    text: () => Buffer.concat(chunks),
  }
}

function check(command: string, ...args: readonly string[]): Step['run'] {
  return async ({ execute }) => ((await execute(command, ...args)) === 0 ? PASSED : FAILED)
}

async function checkPages({ say }: StepOutput): Promise<Counts> {
  const stale = stalePages()
  for (const page of stale) say(`${page} is not what its table says: npm run docs`)
  const isStale = await isClientStale()
  if (isStale) say("packages/admin-ui/src/api/generated is not of the admin API's document as it is: npm run api-client")
  return stale.length === 0 && !isStale ? PASSED : FAILED
}

function vitest(project: string): Step['run'] {
  return async ({ say, execute }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tooldock-test-'))
    try {
      const file = join(folder, 'report.json')
      const code = await execute('vitest', 'run', '--project', project, '--maxWorkers=1', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`)
      const report = JSON.parse(await readFile(file, 'utf8')) as VitestReport
      const left = report.testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status !== 'passed' && status !== 'failed')
      const unexcused = process.env.CI ? left.filter(({ meta }) => meta.skip === undefined || !SKIPS[meta.skip].allowedInCi) : []
      for (const { fullName } of unexcused) say(`skipped, which test/skips.ts does not allow in CI: ${fullName}`)
      for (const name of new Set(left.flatMap(({ meta }) => meta.skip ?? []))) say(skipNotice(name))
      // A file that does not load, or an error outside any test, fails the run without a failed test.
      const failed = Math.max(report.numFailedTests, code === 0 ? 0 : 1) + unexcused.length
      return { passed: report.numPassedTests, failed, skipped: left.length - unexcused.length }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function audit({ say }: StepOutput): Promise<Counts> {
  const { verdict, lines } = await auditGate()
  for (const line of lines) say(line)
  return { passed: PASSED, failed: FAILED, skipped: SKIPPED }[verdict]
}

function seconds(sinceMs: number): string {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`
}

const NONE: Counts = { passed: 0, failed: 0, skipped: 0 }
const sum = (all: readonly Counts[]): Counts =>
  all.reduce((total, { passed, failed, skipped }) => ({ passed: total.passed + passed, failed: total.failed + failed, skipped: total.skipped + skipped }), NONE)

async function runLane(steps: readonly Step[]): Promise<Counts> {
  let total = NONE
  for (const { title, run } of steps) {
    const begin = Date.now()
    console.log(`… ${title}`)
    const output = createOutput()
    const counts = await run(output)
    const verdict = counts.failed > 0 ? 'FAILED' : counts.passed === 0 ? 'SKIPPED' : 'ok'
    process.stdout.write(Buffer.concat([Buffer.from(`\n=== ${title} ===\n`), output.text(), Buffer.from(`--- ${title}: ${verdict} in ${seconds(begin)}\n\n`)]))
    total = sum([total, counts])
    if (counts.failed > 0) break
  }
  return total
}

const started = Date.now()
const total = sum(await Promise.all(LANES.map(runLane)))
console.log(`\n${seconds(started)} in all`)
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed > 0 ? 1 : 0
