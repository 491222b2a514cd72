import { createHash } from 'node:crypto'
import type { Config } from '../config/settings.ts'
import { StartError } from '../kernel/start-error.ts'
import { HEAD, HEAD_SCHEMA, type Head, LINE_BYTES_MAX, linkFault, MANIFEST, MANIFEST_SCHEMA, type Manifest, pathFault } from './archive-format.ts'
import { type ReadMember, readArchive } from './read-archive.ts'

/** An archive that is whole and holds nothing that could be written elsewhere. */
export interface VerifiedArchive {
  readonly head: Head
  readonly manifest: Manifest
}

/** Reads everything and writes nothing. @throws {StartError} that names the first thing that is wrong */
export async function verifyArchive(file: string, limits: Pick<Config, 'restoreBytesMax' | 'restoreFilesMax'>): Promise<VerifiedArchive> {
  const found: Manifest['members'] = []
  const names = new Map<string, 'file' | 'folder' | 'link'>()
  let bytes = 0
  let head: Head | undefined
  let manifest: Manifest | undefined
  await readArchive(file, async (member) => {
    const { path, kind, target } = member
    const wrong = (why: string): never => refuse(file, path, why)
    if (manifest !== undefined) wrong('it follows the end of the backup')
    const fault = kind === undefined ? 'it is neither file nor folder' : (pathFault(path) ?? (kind === 'link' ? linkFault(path, target) : undefined))
    if (fault !== undefined) wrong(fault)
    if (names.has(path) || parentsOf(path).some((parent) => names.get(parent) === 'file' || names.get(parent) === 'link')) wrong('its name is taken')
    if (head === undefined && path !== HEAD) wrong('it comes before the head of the backup')
    bytes += member.bytes
    if (bytes > limits.restoreBytesMax) wrong(`the backup holds more than the ${limits.restoreBytesMax} bytes of RESTORE_BYTES_MAX`)
    if (found.length >= limits.restoreFilesMax) wrong(`the backup holds more than the ${limits.restoreFilesMax} files of RESTORE_FILES_MAX`)
    names.set(path, kind ?? 'file')
    const text: Uint8Array[] = []
    const isText = path === HEAD || path === MANIFEST
    if (isText && member.bytes > LINE_BYTES_MAX) wrong('it is too large')
    const sha256 = await hashMember(member, async (chunk) => void (isText && text.push(chunk)))
    if (path === HEAD) head = parse(HEAD_SCHEMA, Buffer.concat(text), wrong)
    if (path === MANIFEST) manifest = parse(MANIFEST_SCHEMA, Buffer.concat(text), wrong)
    else found.push({ path, bytes: member.bytes, sha256 })
  })
  if (head === undefined || manifest === undefined) throw new StartError(`${file} is no backup, or not a whole one: it has no ${MANIFEST} at its end.`)
  compare(file, found, manifest.members)
  return { head, manifest }
}

/** Hash of a target and what follows it, as the manifest has it. */
export async function hashMember({ target, kind, content }: ReadMember, onChunk?: (chunk: Uint8Array) => Promise<void>): Promise<string> {
  const hash = createHash('sha256').update(kind === 'link' ? target : '')
  for await (const chunk of content) {
    hash.update(chunk)
    await onChunk?.(chunk)
  }
  return hash.digest('hex')
}

function compare(file: string, found: Manifest['members'], expected: Manifest['members']): void {
  for (const [index, { path, bytes, sha256 }] of expected.entries()) {
    const member = found[index]
    if (member === undefined || member.path !== path) refuse(file, path, 'it is missing')
    if (member?.bytes !== bytes || member.sha256 !== sha256) refuse(file, path, 'its content is not what was backed up')
  }
  const extra = found[expected.length]
  if (extra !== undefined) refuse(file, extra.path, 'it was not backed up')
}

function refuse(file: string, path: string, why: string): never {
  throw new StartError(`${file} is not restored, and nothing was changed: "${path.slice(0, 200)}": ${why}.`)
}

function* parents(path: string): Generator<string> {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) yield path.slice(0, at)
}
const parentsOf = (path: string): string[] => [...parents(path)]

function parse<T>(schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } }, text: Buffer, wrong: (why: string) => never): T {
  try {
    const parsed = schema.safeParse(JSON.parse(text.toString()))
    if (parsed.success) return parsed.data
  } catch {
    // Not JSON: it is told below.
  }
  return wrong('it cannot be understood; perhaps a newer ToolDock made it')
}
