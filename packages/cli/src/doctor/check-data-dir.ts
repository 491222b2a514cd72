import { constants } from 'node:fs'
import { access, readFile, stat, statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Config } from '@tooldock/server/config/settings'
import { readLockHolder } from '@tooldock/server/data-dir/process-lock'
import type { Finding } from './finding.ts'

const MIB = 1024 * 1024
const PRIVATE_FILES = ['token', 'secret.key']

const area = 'data directory'

/** Is it there, writable, private, roomy, and used by no process that does not serve it? */
export async function checkDataDir({ dataDir, diskFreeMinMb }: Pick<Config, 'dataDir' | 'diskFreeMinMb'>, isGatewayThere: boolean): Promise<Finding[]> {
  const path = resolve(dataDir)
  try {
    if (!(await stat(path)).isDirectory()) return [{ area, state: 'error', message: `${path} is not a folder.`, advice: 'Set DATA_DIR to a folder.' }]
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return [{ area, state: 'ok', message: `${path} does not exist yet; the first start makes it.` }]
    return [
      {
        area,
        state: 'error',
        message: `${path} cannot be used (${code}).`,
        advice: 'Give it to the user that runs ToolDock, or set DATA_DIR to another folder.',
      },
    ]
  }
  const findings = [...(await checkPrivacy(path)), ...(await checkSpace(path, diskFreeMinMb)), ...(await checkLock(path, isGatewayThere))]
  return findings.length > 0 ? findings : [{ area, state: 'ok', message: path }]
}

async function checkPrivacy(dir: string): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const name of PRIVATE_FILES) {
    const path = join(dir, name)
    const mode = await stat(path).then(
      (found) => found.mode & 0o777,
      () => 0, // Not made yet.
    )
    if ((mode & 0o077) !== 0)
      findings.push({
        area,
        state: 'warning',
        message: `${path} can be read by others (mode ${mode.toString(8)}).`,
        advice: `chmod 600 ${path}, and replace it if somebody may have seen it.`,
      })
  }
  return findings
}

async function checkSpace(dir: string, freeMinMb: number): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(dir)
  const freeMb = Math.floor((bavail * bsize) / MIB)
  if (freeMb >= freeMinMb) return []
  return [{ area, state: 'warning', message: `${freeMb} MiB are free on the disk of ${dir}.`, advice: 'Make room: with a full disk no change is kept.' }]
}

/** Whoever holds the lock is to be a gateway that answers. */
async function checkLock(dir: string, isGatewayThere: boolean): Promise<Finding[]> {
  const pid = await readLockHolder(join(dir, 'lock'))
  if (pid === undefined || isGatewayThere) return []
  const program = await readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (text) => ` (${text.replaceAll('\0', ' ').trim()})`,
    () => '', // No /proc, or not ours to read.
  )
  return [
    {
      ...{ area, state: 'error' },
      message: `The process ${pid}${program} holds ${dir}, yet no gateway answers at its address.`,
      advice: 'It may serve another port (compare its settings), still be starting, or hang: then end it.',
    },
  ]
}
