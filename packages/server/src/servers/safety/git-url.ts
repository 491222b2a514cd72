import { remoteUrlFault } from './remote-address.ts'

/** `git@host:path`, as people copy it. */
const SCP_LIKE = /^git@([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(?!\/\/)[^\s\0]+$/
const REF = /^[A-Za-z0-9_][A-Za-z0-9._/+-]*$/
const LENGTH_MAX = 2000

/** The host of an address that git understands, as an https:// URL for the check of remote addresses; undefined without a host. */
export function gitHostUrl(url: string): string | undefined {
  const scp = SCP_LIKE.exec(url)
  if (scp !== null) return `https://${scp[1]}/`
  return /^(https|ssh):\/\//.test(url) && URL.canParse(url) ? `https://${new URL(url).hostname}/` : undefined
}

/** Why a repository is not cloned; undefined: it may be. `file://` is for those who may run custom commands. */
export function gitUrlFault(
  url: string,
  { allowCustomCommands, upstreamAllowPrivate }: { readonly allowCustomCommands: boolean; readonly upstreamAllowPrivate: boolean },
): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (url.length > LENGTH_MAX || /[\s\x00-\x1f\x7f\\]/.test(url)) return 'it holds spaces or control characters, or is too long'
  if (allowCustomCommands && /^file:\/\/\/[^-]/.test(url)) return undefined
  const host = gitHostUrl(url)
  if (host === undefined) return 'only https://, ssh:// and git@host:path'
  if (url.startsWith('https:')) return remoteUrlFault(url, upstreamAllowPrivate)
  // A user or host that begins with "-" would be an option of ssh.
  if (/^ssh:\/\/(-|[^@/]*@-)/.test(url) || /^git@-/.test(url) || new URL(host).hostname.startsWith('-')) return 'its host looks like an option'
  if (/^ssh:\/\/[^@/]*:[^@/]*@/.test(url)) return 'a URL holds no password'
  return remoteUrlFault(host, upstreamAllowPrivate)
}

/** Why a branch, tag or commit is refused. */
export function gitRefFault(ref: string): string | undefined {
  return ref.length <= 250 && REF.test(ref) && !ref.includes('..') && !ref.endsWith('.lock') && !ref.endsWith('/')
    ? undefined
    : 'it is not the name of a branch or tag, nor a commit'
}
