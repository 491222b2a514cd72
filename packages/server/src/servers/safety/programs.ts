import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The programs of this machine, found by ToolDock in folders that no user names. */
export interface Programs {
  /** Absolute path of a bare name; undefined: there is none. `node` is the one that runs ToolDock. */
  find(name: string): Promise<string | undefined>
  /** The `PATH` of children: the folder of the running Node.js, then SERVER_PATH. */
  readonly path: string
}

/** Where the first is missing, the second will do. */
const ALTERNATIVES: Readonly<Record<string, readonly string[]>> = { python: ['python', 'python3'], python3: ['python3', 'python'] }

/** `folders` are absolute (SERVER_PATH); `execPath` is the running Node.js. */
export function createPrograms(folders: readonly string[], execPath: string = process.execPath): Programs {
  const searched = [...new Set([dirname(execPath), ...folders])]
  return {
    path: searched.join(':'),
    async find(name) {
      if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(name)) return undefined
      if (name === 'node') return execPath
      for (const candidate of ALTERNATIVES[name] ?? [name])
        for (const folder of searched) if (await isProgram(join(folder, candidate))) return join(folder, candidate)
      return undefined
    },
  }
}

export async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    // Missing, or not for us: either way it cannot be run.
    return false
  }
}
