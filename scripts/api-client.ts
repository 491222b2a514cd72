// `npm run api-client`: the document of the admin API as a gateway serves it, and the typed client of the admin UI made of it.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { startGateway } from '../test/system/gateway.ts'

const PROJECT = dirname(import.meta.dirname)
const UI = join(PROJECT, 'packages/admin-ui')
const DOCUMENT = join(UI, 'openapi.json')

/** What a gateway of these sources serves as /api/openapi.json. */
async function currentDocument(): Promise<string> {
  const gateway = await startGateway({ namespaces: {} })
  try {
    const { json } = await gateway.http('/api/openapi.json')
    return `${JSON.stringify(json, null, 2)}\n`
  } finally {
    await gateway.dispose()
  }
}

/** Was the client generated from another document than the gateway's of today? */
export async function isClientStale(): Promise<boolean> {
  return (await currentDocument()) !== readFileSync(DOCUMENT, 'utf8')
}

if (import.meta.main) {
  await writeFile(DOCUMENT, await currentDocument())
  const { status } = spawnSync(join(PROJECT, 'node_modules/.bin/openapi-ts'), { cwd: UI, stdio: 'inherit' })
  process.exitCode = status ?? 1
}
