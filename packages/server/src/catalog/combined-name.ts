import { createHash } from 'node:crypto'

const NAME_CHARS_MAX = 64
const HASH_CHARS = 8

/**
 * The name of a namespace's tool or prompt among those of all namespaces: `{namespace}__{name}`. Clients pass names on to
 * language models, which accept 64 characters of `[A-Za-z0-9_-]`: anything else is replaced, what is too long is cut, and
 * the name then ends in `_` and 8 hex digits of the full name's hash, so that it stays unique and the same for ever.
 */
export function combinedName(namespace: string, name: string): string {
  const full = `${namespace}__${name}`
  const safe = full.replace(/[^A-Za-z0-9_-]/g, '_')
  if (safe === full && full.length <= NAME_CHARS_MAX) return full
  const hash = createHash('sha256').update(full).digest('hex').slice(0, HASH_CHARS)
  return `${safe.slice(0, NAME_CHARS_MAX - HASH_CHARS - 1)}_${hash}`
}

/** Hosts of MCP Apps show resources of this scheme only. */
const UI = 'ui://'
const COMBINED_UI = 'ui://tooldock/'

/** The URI of a namespace's resource among those of all namespaces; the original follows verbatim, of an MCP App without its scheme. */
export function combinedUri(namespace: string, uri: string): string {
  return uri.startsWith(UI) ? `${COMBINED_UI}${namespace}/${uri.slice(UI.length)}` : `tooldock://${namespace}/${uri}`
}

/** The inverse of {@link combinedUri}; undefined for any other URI. */
export function splitCombinedUri(uri: string): { namespace: string; uri: string } | undefined {
  const match = /^(tooldock:\/|ui:\/\/tooldock)\/([^/]+)\/(.+)$/s.exec(uri)
  if (match?.[2] === undefined || match[3] === undefined) return undefined
  return { namespace: match[2], uri: match[1] === 'tooldock:/' ? match[3] : `${UI}${match[3]}` }
}
