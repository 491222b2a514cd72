import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessRow {
  readonly pid: number
  readonly ppid: number
  readonly pgid: number
  readonly args: string
}

/** Every process of the machine that is not a zombie. */
function processTable(): ProcessRow[] {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,pgid=,stat=,args='], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n')
  return lines.flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line)
    return match === null || match[4]?.startsWith('Z') ? [] : [{ pid: Number(match[1]), ppid: Number(match[2]), pgid: Number(match[3]), args: match[5] ?? '' }]
  })
}

/** Children of `pid`, their children and so on. */
export function descendantsOf(pid: number, table = processTable()): ProcessRow[] {
  const children = table.filter((row) => row.ppid === pid)
  return [...children, ...children.flatMap((child) => descendantsOf(child.pid, table))]
}

/** Workers of one gateway: its descendants that run a file of the worker package. */
export function workersOf(pid: number): ProcessRow[] {
  return descendantsOf(pid).filter((row) => /\/worker\/(src|dist)\//.test(row.args) && !/(^|\/)(sh|setpriv)( |$)/.test(row.args))
}

/** Processes whose command line names `path` (a worker names its generation), whoever their parent is. */
export function processesNaming(path: string): ProcessRow[] {
  return processTable().filter((row) => row.args.includes(path) && row.pid !== process.pid)
}

export function isAlive(pid: number): boolean {
  return processTable().some((row) => row.pid === pid)
}

/** Open file descriptors. Linux only. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Resident memory now and at its highest, in MiB. Linux only. */
export function memoryOf(pid: number): { readonly nowMb: number; readonly peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mb = (key: string) => Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 102.4) / 10
  return { nowMb: mb('VmRSS'), peakMb: mb('VmHWM') }
}

/** Processor time used so far, in milliseconds, to the hundredth of a second the kernel counts in. Linux only. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
