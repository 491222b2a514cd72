import { appendFileSync } from 'node:fs'

/** What one fault did: a row of `docs/internals/reliability.md`. */
export interface Figure {
  readonly table: string
  readonly row: Readonly<Record<string, string | number>>
}

/** Prints it, and keeps it for `npm run faults` (`FAULTS_FIGURES`: a file of one JSON object on each line). */
export function note(table: string, row: Figure['row']): void {
  console.log(`${table}: ${JSON.stringify(row)}`)
  if (process.env.FAULTS_FIGURES !== undefined) appendFileSync(process.env.FAULTS_FIGURES, `${JSON.stringify({ table, row } satisfies Figure)}\n`)
}
