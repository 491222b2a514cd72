// Strips the types of what every worker runs (packages/worker and packages/sdk) once, into node_modules/.cache/runtime: a
// worker then starts in a quarter of the CPU time. The gateway uses the copy only while it is of the sources as they are
// (packages/server/src/process/stripped-runtime.ts), so a stale or missing one costs time and nothing else.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stripTypes } from './strip-types.ts'

const ROOT = dirname(import.meta.dirname)
const TARGET = join(ROOT, 'node_modules/.cache/runtime')

const sources = ['worker', 'sdk'].flatMap((name) => {
  const folder = join('packages', name, 'src')
  const files = readdirSync(join(ROOT, folder)).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  return files.map((file) => join(folder, file))
})

const temporary = `${TARGET}.${process.pid}`
const hashes: Record<string, string> = {}
for (const file of sources) {
  const source = readFileSync(join(ROOT, file), 'utf8')
  hashes[file] = createHash('sha256').update(source).digest('hex')
  const target = join(temporary, file.replace(/\.ts$/, '.js'))
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, stripTypes(source))
}
writeFileSync(join(temporary, 'package.json'), '{"type":"module"}\n')
writeFileSync(join(temporary, 'sources.json'), `${JSON.stringify(hashes)}\n`)
rmSync(TARGET, { recursive: true, force: true })
renameSync(temporary, TARGET)
