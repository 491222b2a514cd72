import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Notes {
  read(id: string): Promise<string | undefined>
  write(id: string, text: string): Promise<void>
  remove(id: string): Promise<void>
  all(): Promise<readonly { readonly id: string; readonly text: string }[]>
}

/** On disk when this namespace may write, else in memory until its worker stops. */
export const notes = ({ dataDir }: { readonly dataDir: string | undefined }): Notes => (dataDir === undefined ? inMemory : onDisk(join(dataDir, 'notes')))

const texts = new Map([['welcome', 'Notes live here.\nTry save_note, then read notes://index.']])

const inMemory: Notes = {
  read: async (id) => texts.get(id),
  write: async (id, text) => void texts.set(id, text),
  remove: async (id) => void texts.delete(id),
  all: async () => [...texts].map(([id, text]) => ({ id, text })).sort((a, b) => a.id.localeCompare(b.id)),
}

/** Ids come from tools and URIs; only plain ones become file names. */
const fileOf = (folder: string, id: string) => {
  if (!/^[a-z0-9-]{1,40}$/.test(id)) throw new Error(`"${id}" is not the id of a note.`)
  return join(folder, `${id}.txt`)
}

const onDisk = (folder: string): Notes => ({
  read: (id) => readFile(fileOf(folder, id), 'utf8').catch(undefinedWhenMissing),
  async write(id, text) {
    const file = fileOf(folder, id)
    await mkdir(folder, { recursive: true })
    await writeFile(`${file}.tmp`, text)
    await rename(`${file}.tmp`, file)
  },
  remove: (id) => rm(fileOf(folder, id), { force: true }),
  async all() {
    const names = (await readdir(folder).catch(undefinedWhenMissing)) ?? []
    const ids = names
      .filter((name) => name.endsWith('.txt'))
      .map((name) => name.slice(0, -'.txt'.length))
      .sort()
    return Promise.all(ids.map(async (id) => ({ id, text: await readFile(join(folder, `${id}.txt`), 'utf8') })))
  },
})

function undefinedWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
