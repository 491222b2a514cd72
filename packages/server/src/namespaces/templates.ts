import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { collectFiles } from './folder.ts'
import { patchManifest } from './manifest-patch.ts'
import { MANIFEST_FILE } from './read-manifest.ts'
import type { Template } from './template.types.ts'

const FILES_MAX = 100

/** What is offered, in this order; each is a folder of its id, whose tooldock.json says what it shows. */
const TEMPLATES = ['tool', 'http-api', 'resources-prompts', 'ask'] as const

export interface Templates {
  list(): Promise<readonly Template[]>
  /** The files of a new namespace; without a template there is a `tooldock.json` alone. @throws {ToolDockError} `not_found` */
  filesOf(id: string | undefined, description: string | undefined): Promise<ReadonlyMap<string, Buffer>>
}

/** @param dir where the folders of the templates are; absolute and real */
export function createTemplates(dir: string): Templates {
  async function read(id: string): Promise<Template> {
    const { files } = await collectFiles(join(dir, id), FILES_MAX)
    const texts = await Promise.all(files.map(async ({ path, source }) => ({ path, content: await readFile(source, 'utf8') })))
    const { title, description } = JSON.parse(texts.find(({ path }) => path === MANIFEST_FILE)?.content ?? '{}') as { title: string; description: string }
    return { id, title, description, files: texts }
  }

  return {
    list: () => Promise.all(TEMPLATES.map(read)),
    async filesOf(id, description) {
      const known = TEMPLATES.find((name) => name === id)
      if (id !== undefined && known === undefined)
        throw new ToolDockError('not_found', `There is no template "${id.slice(0, 80)}"; there are ${TEMPLATES.join(', ')}.`)
      const template = known === undefined ? undefined : await read(known)
      const files = new Map(template?.files.map(({ path, content }) => [path, Buffer.from(content)]))
      // What it says of itself is about the template.
      const manifest = patchManifest(files.get(MANIFEST_FILE)?.toString() ?? '{}', { title: null, description: description ?? null })
      return files.set(MANIFEST_FILE, Buffer.from(manifest))
    },
  }
}
