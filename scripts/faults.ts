// `npm run faults`: every fault for as long as asked, and its figures into docs/internals/reliability.md.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Figure } from '../test/faults/figures.ts'

const PROJECT = dirname(import.meta.dirname)
const PAGE = join(PROJECT, 'docs/internals/reliability.md')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '60' }, rounds: { type: 'string', default: '1000' }, seed: { type: 'string' } },
})

const folder = mkdtempSync(join(tmpdir(), 'tooldock-faults-'))
try {
  const figures = join(folder, 'figures.jsonl')
  const env = {
    ...process.env,
    ...{ FAULTS_SECONDS: values.seconds, FAULTS_ROUNDS: values.rounds, FAULTS_FIGURES: figures },
    ...(values.seed === undefined ? {} : { FAULTS_SEED: values.seed }),
  }
  const tests = spawn('vitest', ['run', '--project', 'faults', ...positionals], { cwd: PROJECT, env, stdio: 'inherit' })
  const [code] = await once(tests, 'exit')
  if (code === 0) writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), readFigures(figures)))
  process.exitCode = code ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function readFigures(path: string): Map<string, Figure['row'][]> {
  const tables = new Map<string, Figure['row'][]>()
  if (!existsSync(path)) return tables
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
    const { table, row } = JSON.parse(line) as Figure
    tables.set(table, [...(tables.get(table) ?? []), row])
  }
  return tables
}

/** Each table replaces the one of its name; what was not measured now stays. @throws when the page has no place for one */
function withFigures(page: string, tables: ReadonlyMap<string, readonly Figure['row'][]>): string {
  let written = page
  for (const [name, rows] of tables) {
    const begin = `<!-- figures: ${name} -->\n`
    const start = written.indexOf(begin)
    const end = written.indexOf('<!-- end -->', start)
    if (start === -1 || end === -1) throw new Error(`${PAGE} has no place for the figures of "${name}"`)
    written = `${written.slice(0, start)}${begin}\n${toTable(rows)}\n\n${written.slice(end)}`
  }
  return written
}

function toTable(rows: readonly Figure['row'][]): string {
  const columns = [...new Set(rows.flatMap(Object.keys))]
  const line = (cells: readonly unknown[]): string => `| ${cells.join(' | ')} |`
  return [
    line(columns),
    line(columns.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map((row) => line(columns.map((column) => row[column] ?? ''))),
  ].join('\n')
}
