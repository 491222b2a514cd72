import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Config } from '@tooldock/server/config/settings'
import { createPrograms } from '@tooldock/server/servers/programs'
import type { Finding } from './finding.ts'

const ANSWER_MS_MAX = 10_000
const NODE_MAJOR_MIN = 26

const area = 'runtimes'
const run = promisify(execFile)

/** What each is for, and how it comes. */
const RUNTIMES = [
  {
    name: 'npm',
    use: 'npm servers and packages of namespaces cannot be installed',
    advice: 'It comes with Node.js: https://nodejs.org, or apt-get install npm.',
  },
  { name: 'uv', use: 'Python servers cannot be installed', advice: 'https://docs.astral.sh/uv/, into a folder of SERVER_PATH.' },
  { name: 'python3', use: 'Python servers start only with a Python that uv brings', advice: 'apt-get install python3.' },
  { name: 'git', use: 'servers cannot be installed from git', advice: 'apt-get install git.' },
] as const

/** The programs that installations and servers are run by. Without one a part of ToolDock works, not all of it. */
export async function checkRuntimes({ programPath }: Pick<Config, 'programPath'>): Promise<Finding[]> {
  const programs = createPrograms(programPath)
  const findings = RUNTIMES.map(async ({ name, use, advice }): Promise<Finding> => {
    const path = await programs.find(name)
    const version = path === undefined ? undefined : await versionOf(path, programs.path)
    if (version !== undefined) return { area, state: 'ok', message: `${name} ${version} (${path})` }
    return { area, state: 'warning', message: `${name} ${path === undefined ? 'is not in SERVER_PATH' : `(${path}) does not run`}: ${use}.`, advice }
  })
  return [checkNode(), ...(await Promise.all(findings))]
}

function checkNode(): Finding {
  const { node } = process.versions
  if (Number.parseInt(node, 10) >= NODE_MAJOR_MIN) return { area, state: 'ok', message: `node ${node} (${process.execPath})` }
  return { area, state: 'error', message: `node ${node} is too old: ToolDock needs ${NODE_MAJOR_MIN}.`, advice: 'https://nodejs.org' }
}

/** Undefined: it does not run. */
async function versionOf(path: string, searchPath: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, ['--version'], { env: { PATH: searchPath }, timeout: ANSWER_MS_MAX, killSignal: 'SIGKILL' })
    return /\d+(\.\d+)+/.exec(stdout)?.[0]
  } catch {
    // Whatever keeps it from running is what is to be found out.
    return undefined
  }
}
