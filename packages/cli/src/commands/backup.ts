import { createWriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { defineCommand } from '../command.ts'
import { CommandError } from '../command-error.ts'

const NOT_FINISHED = '.part'

export const backup = defineCommand({
  name: 'backup',
  summary: 'Write everything that is kept into one file, while the gateway runs.',
  usage: ['<file>', '<folder>'],
  options: {
    'without-packages': { type: 'boolean', doc: 'Leave installed programs and packages out; a restored gateway installs servers again, from the network.' },
    'with-secrets': { type: 'boolean', doc: 'Add the token, the key of the secrets and the keys that sign: whoever has the file is administrator.' },
  },
  details:
    'The file is a tar.gz that "tooldock restore" reads. It has the database as it was in one moment and the files that belong to it; logs are left out. ' +
    'Into a folder it is written under a name with the time.',
  argsMin: 1,
  argsMax: 1,
  async run({ args: [given = ''], options, json, output, cwd, openApi }) {
    const api = await openApi()
    const body = { packages: options['without-packages'] !== true, secrets: options['with-secrets'] === true }
    const response = await api.open({ method: 'POST', path: '/api/backup', body, headers: { accept: 'application/gzip' } })
    const file = await fileOf(resolve(cwd, given), response.headers['content-disposition'])
    const part = `${file}${NOT_FINISHED}`
    try {
      // Private: it holds what the database holds.
      await pipeline(response, createWriteStream(part, { flags: 'w', mode: 0o600, flush: true }))
      await rename(part, file)
      await syncFolder(resolve(file, '..'))
    } catch (error) {
      await rm(part, { force: true })
      throw new CommandError(`The backup is not written: ${(error as Error).message}`, { cause: error })
    }
    const { size: bytes } = await stat(file)
    if (body.secrets) output.say('The file holds the token and the key of the secrets: keep it as safe as a password.')
    if (json) output.printJson({ file, bytes, ...body })
    else output.print(`${file} (${Math.ceil(bytes / 1024)} KiB)`)
    return undefined
  },
})

async function fileOf(path: string, disposition: string | undefined): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  const [, name = 'tooldock-backup.tar.gz'] = /filename="([\w.-]+)"/.exec(disposition ?? '') ?? []
  return isFolder ? join(path, name) : path
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
