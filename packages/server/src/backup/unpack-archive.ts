import { chown, mkdir, open, realpath, symlink } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { StartError } from '../kernel/start-error.ts'
import { HEAD, MANIFEST, type Manifest } from './archive-format.ts'
import { type ReadMember, readArchive } from './read-archive.ts'
import { hashMember } from './verify-archive.ts'

/** Nobody but the owner may change what is restored. */
const MODES = 0o755

/**
 * Writes the members of an archive that was verified below `dir`, each under its own name; everything is on disk when this resolves.
 * @throws {StartError} the file is no longer what was verified, or a link leads out of its namespace
 */
export async function unpackArchive(file: string, { members }: Manifest, dir: string): Promise<void> {
  const links: string[] = []
  let index = 0
  await readArchive(file, async (member) => {
    const { path } = member
    if (path === MANIFEST) return drain(member)
    const expected = members[index++]
    const sha256 = path === HEAD ? await hashMember(member) : await write(member, join(dir, path))
    if (expected === undefined || expected.path !== path || expected.sha256 !== sha256) throw new StartError(`${file} was changed while it was read.`)
    if (member.kind === 'link' && !path.startsWith('servers/')) links.push(path)
  })
  for (const path of links) await requireInside(dir, path)
}

async function write(member: ReadMember, to: string): Promise<string> {
  const { kind, mode, target, path, owner } = member
  await mkdir(dirname(to), { recursive: true })
  let sha256: string
  if (kind === 'folder') {
    await mkdir(to, { recursive: true, mode: mode & MODES })
    sha256 = await hashMember(member)
  } else if (kind === 'link') {
    await symlink(target, to)
    sha256 = await hashMember(member)
  } else {
    const file = await open(to, 'wx', mode & MODES)
    try {
      sha256 = await hashMember(member, (chunk) => file.writeFile(chunk))
      await file.sync()
    } finally {
      await file.close()
    }
  }
  // Tools may run as another user than the gateway, which then runs as root.
  if (path.startsWith('state/') && process.getuid?.() === 0) await chown(to, owner.uid, owner.gid)
  return sha256
}

/** By way of other links a link may lead elsewhere than its words say. One that leads nowhere harms nobody. */
async function requireInside(dir: string, path: string): Promise<void> {
  const [area = '', namespace = ''] = path.split('/')
  const inside = join(await realpath(dir), area, namespace) + sep
  const leadsTo = await realpath(join(dir, path)).catch(() => inside)
  if (!leadsTo.startsWith(inside)) throw new StartError(`The backup is not restored, and nothing was changed: "${path}" leads out of its namespace.`)
}

async function drain({ content }: ReadMember): Promise<void> {
  for await (const _ of content);
}
