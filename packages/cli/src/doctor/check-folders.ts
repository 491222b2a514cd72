import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join, resolve } from 'node:path'
import type { Config } from '@tooldock/server/config/settings'
import { listFolders, readFolder } from '@tooldock/server/namespaces/folder'
import type { Finding } from './finding.ts'

const area = 'namespaces'
const SOURCE = /\.(ts|mts|js|mjs)$/

/** Looks at the folders of tools as a start would, without running any of it: that is for a gateway to do in its sandbox. */
export async function checkFolders(config: Config): Promise<Finding[]> {
  const toolsDir = join(resolve(config.dataDir), 'tools')
  if (!existsSync(toolsDir)) return []
  const { names, ignored } = await listFolders(toolsDir)
  const findings = await Promise.all(names.map((name) => checkFolder(toolsDir, name, config)))
  return [
    ...findings.flat(),
    ...ignored.map(
      ({ name, reason }): Finding => ({ area, state: 'warning', message: `${join(toolsDir, name)} is not served: ${reason}.`, advice: 'Rename the folder.' }),
    ),
  ]
}

async function checkFolder(toolsDir: string, name: string, config: Config): Promise<Finding[]> {
  const folder = await readFolder(toolsDir, name, config)
  if (folder === undefined) return []
  const problems = [...folder.problems, ...(await Promise.all(folder.files.filter(({ path }) => SOURCE.test(path)).map(findSyntaxError))).flat()]
  if (problems.length > 0)
    return problems.map(({ file, message }) => ({
      area,
      state: 'error',
      message: `${name}/${file}: ${message}`,
      advice: 'Correct it; until then what was published before is served, if anything was.',
    }))
  return [
    ...folder.warnings.map((message): Finding => ({ area, state: 'warning', message: `${name}: ${message}` })),
    { area, state: 'ok', message: `${name}: ${folder.files.length} files can be read` },
  ]
}

async function findSyntaxError({
  path,
  source,
}: {
  readonly path: string
  readonly source: string
}): Promise<{ readonly file: string; readonly message: string }[]> {
  const text = await readFile(source, 'utf8')
  try {
    stripTypeScriptTypes(text)
    return []
  } catch (error) {
    return [{ file: path, message: (error as Error).message.trim().split('\n')[0] ?? 'is no TypeScript' }]
  }
}
