/**
 * `npm run bench`: every target on this machine, loaded the same way, in one run. Prints a markdown table, or JSON with
 * `--json`. `--seconds` per measurement (default 5), `--rounds` (default 1; the median is shown), `--only` a part of a
 * target's name, `--no-startup`, `--profile <dir>` for a CPU profile of the gateway; `--upstreams` measures calls through
 * external servers instead, `--crossings` those through servers of the other era, `--memory` what large results and many sessions need,
 * `--recorder` what recording a call costs, `--capacity` what one more namespace, session, stream and call needs.
 */
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { measureCapacity } from './capacity.ts'
import { startCrossings } from './crossings.ts'
import { type MemoryResult, measureMemory } from './memory.ts'
import { CONNECTIONS, load, type Path, type PathResult, type Started, startPeers, startTooldock } from './processes.ts'
import { measureRecorder } from './recorder.ts'
import { measureStartup, type StartupResult } from './startup.ts'
import { startUpstreams } from './upstreams.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string' },
    startup: { type: 'boolean', default: true },
    profile: { type: 'string' },
    upstreams: { type: 'boolean', default: false },
    crossings: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    recorder: { type: 'boolean', default: false },
    capacity: { type: 'boolean', default: false },
  },
  allowNegative: true,
})

interface Row extends PathResult {
  readonly name: string
  readonly ratio: number
}

/** The measurement in the middle, by requests per second. */
const middle = (results: readonly PathResult[]) =>
  results.toSorted((a, b) => a.requestsPerSecond - b.requestsPerSecond)[Math.floor(results.length / 2)] as PathResult

/** Each path once per round, so that a busy moment of the machine does not fall on one path alone. */
async function measure(paths: readonly Path[], rounds: number, measureMs: number): Promise<Row[]> {
  const results = paths.map(() => [] as PathResult[])
  for (let round = 0; round < rounds; round++)
    for (const [index, path] of paths.entries()) {
      process.stderr.write(`${path.name} (${round + 1}/${rounds})\n`)
      results[index]?.push(await load(path, round === 0 ? 3000 : 1000, measureMs))
    }
  const floor = middle(results[0] ?? []).requestsPerSecond
  return paths.map(({ name }, index) => {
    const result = middle(results[index] ?? [])
    return { name, ...result, ratio: Math.round((result.requestsPerSecond / floor) * 100) / 100, memory: results[index]?.at(-1)?.memory ?? [] }
  })
}

function machine(): string {
  const [cpu] = cpus()
  return `${process.platform} ${process.arch}, ${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`
}

function pathsTable(rows: readonly Row[]): string {
  const head = ['target', 'requests/s', 'ratio', 'p50 ms', 'p99 ms', 'CPU µs/request', 'peak memory']
  const memory = (row: Row) => row.memory.map(({ name, peakMb }) => `${name} ${Math.round(peakMb)} MB`).join(', ')
  const cells = rows.map((row) => [row.name, row.requestsPerSecond, row.ratio.toFixed(2), row.p50Ms, row.p99Ms, row.cpuMicroseconds, memory(row)])
  return [`| ${head.join(' | ')} |`, '| --- | ---: | ---: | ---: | ---: | ---: | --- |', ...cells.map((row) => `| ${row.join(' | ')} |`)].join('\n')
}

function restTable({ coldStartMs, firstColdCallMs, idleMb, idleHundredNamespacesMb }: StartupResult): string {
  return [
    '| at rest | |',
    '| --- | ---: |',
    `| from starting the process to listening | ${coldStartMs} ms |`,
    `| first call of a namespace (starts its worker) | ${firstColdCallMs} ms |`,
    `| memory of an idle gateway | ${idleMb} MB |`,
    `| memory with 100 idle namespaces of 10 tools | ${idleHundredNamespacesMb} MB |`,
  ].join('\n')
}

function memoryTable({ results, sessions }: MemoryResult): string {
  const { opened, footprints } = sessions
  return [
    '| a result through | size | extra memory | times its size |',
    '| --- | ---: | ---: | ---: |',
    ...results.map(({ name, sizeMb, extraMb }) => `| ${name} | ${sizeMb} MB | ${extraMb} MB | ${(extraMb / sizeMb).toFixed(1)} |`),
    '',
    `| ${opened} sessions | processes | descriptors | heap after a collection | resident |`,
    '| --- | ---: | ---: | ---: | ---: |',
    ...footprints.map(({ when, processes, files, heapMb, mb }) => `| ${when} | ${processes} | ${files} | ${heapMb} MB | ${mb} MB |`),
  ].join('\n')
}

async function benchMemory(): Promise<void> {
  const result = await measureMemory()
  console.log(options.json ? JSON.stringify({ machine: machine(), ...result }, null, 2) : `${machine()}.\n\n${memoryTable(result)}`)
}

async function benchRecorder(): Promise<void> {
  const result = await measureRecorder()
  const { countNs, recordNs, storeMicroseconds } = result
  const text = `counting a call ${countNs} ns, handing it to the log ${recordNs} ns; sorting and storing it afterwards ${storeMicroseconds} µs of processor time`
  console.log(options.json ? JSON.stringify({ machine: machine(), ...result }, null, 2) : `${machine()}.\n\n${text}`)
}

async function benchCapacity(): Promise<void> {
  const rows = await measureCapacity()
  const text = ['| what | KiB |', '| --- | ---: |', ...rows.map(({ what, kib }) => `| ${what} | ${kib} |`)].join('\n')
  console.log(options.json ? JSON.stringify({ machine: machine(), rows }, null, 2) : `${machine()}.\n\n${text}`)
}

const started: Pick<Started, 'stop'>[] = []

async function benchUpstreams(): Promise<void> {
  const upstreams = await (options.crossings ? startCrossings() : startUpstreams(options.profile))
  started.push(upstreams)
  if (!options.json) console.log(`${machine()}; ${options.seconds} s × ${options.rounds} each.\n`)
  const tables: Record<string, readonly Row[]> = {}
  for (const { title, paths } of upstreams.comparisons.filter(({ title }) => options.only === undefined || title.includes(options.only))) {
    const rows = await measure(paths, Number(options.rounds), Number(options.seconds) * 1000)
    tables[title] = rows
    if (!options.json) console.log(`### ${title}\n\n${pathsTable(rows)}\n`)
  }
  if (options.json) console.log(JSON.stringify({ machine: machine(), tables }, null, 2))
}

async function benchTools(): Promise<void> {
  const peers = await startPeers()
  started.push(peers)
  const tooldock = await startTooldock(options.profile)
  started.push(tooldock)
  const chosen = [...tooldock.paths, ...peers.paths].filter(({ name }) => options.only === undefined || name.includes(options.only))
  const rows = await measure([peers.floor, ...chosen], Number(options.rounds), Number(options.seconds) * 1000)
  while (started.length > 0) await started.pop()?.stop()
  if (!options.json) console.log(`${machine()}; ${CONNECTIONS} keep-alive connections, ${options.seconds} s × ${options.rounds} each.\n\n${pathsTable(rows)}\n`)
  const startup = options.startup ? await measureStartup() : undefined
  if (options.json) console.log(JSON.stringify({ machine: machine(), rows, startup }, null, 2))
  else if (startup !== undefined) console.log(restTable(startup))
}

try {
  if (options.memory) await benchMemory()
  else if (options.recorder) await benchRecorder()
  else if (options.capacity) await benchCapacity()
  else if (options.upstreams || options.crossings) await benchUpstreams()
  else await benchTools()
} finally {
  for (const one of started) await one.stop()
}
