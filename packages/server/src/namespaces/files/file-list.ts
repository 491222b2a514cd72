import { readFile, stat } from 'node:fs/promises'
import type { FileStore } from '../../store/store.ts'
import { collectFiles, contentOf, type Folder } from '../folder.ts'
import { etagOf } from './etag.ts'
import type { FileInfo } from './files.types.ts'

export interface FileLists {
  /** Every file of the folder and every draft, by path. */
  list(folder: Folder, publishedDir: string | undefined): Promise<readonly FileInfo[]>
}

export function createFileLists(store: Pick<FileStore, 'drafts'>, { namespaceFilesMax }: { readonly namespaceFilesMax: number }): FileLists {
  /** What is published never changes, so that it is read once; by namespace, of the newest. */
  const published = new Map<string, { readonly dir: string; readonly etags: Promise<ReadonlyMap<string, string>> }>()

  async function read(dir: string): Promise<ReadonlyMap<string, string>> {
    const { files } = await collectFiles(dir, namespaceFilesMax)
    return new Map(await Promise.all(files.map(async ({ path, source }) => [path, etagOf(await readFile(source))] as const)))
  }

  async function publishedEtags(namespace: string, dir: string | undefined): Promise<ReadonlyMap<string, string>> {
    if (dir === undefined) return new Map()
    const known = published.get(namespace)
    if (known?.dir === dir) return known.etags
    const etags = read(dir)
    published.set(namespace, { dir, etags })
    try {
      return await etags
    } catch (error) {
      published.delete(namespace)
      throw error
    }
  }

  return {
    async list(folder, publishedDir) {
      const etags = await publishedEtags(folder.namespace, publishedDir)
      const drafts = new Map((await store.drafts(folder.namespace)).map((draft) => [draft.path, draft]))
      const infos: FileInfo[] = []
      for (const file of folder.files) {
        const content = await contentOf(file)
        const etag = etagOf(content)
        const modifiedAt = (await stat(file.source)).mtime.toISOString()
        const { path } = file
        infos.push({ path, bytes: content.byteLength, etag, modifiedAt, published: etags.get(path) === etag, draft: drafts.delete(path) })
      }
      for (const { path, bytes, at } of drafts.values()) infos.push({ path, bytes, etag: null, modifiedAt: at, published: false, draft: true })
      return infos.sort((a, b) => (a.path < b.path ? -1 : 1))
    },
  }
}
