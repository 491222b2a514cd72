import { MANIFEST, type Manifest } from '@tooldock/worker/manifest'
import type { LoadProblem } from '@tooldock/worker/protocol'

export const MANIFEST_FILE = 'tooldock.json'

export interface ReadManifest {
  /** The defaults when the text cannot be used. */
  readonly manifest: Manifest
  readonly problems: readonly LoadProblem[]
}

/** Checks the text of a `tooldock.json` (undefined: there is none); every problem says where it is written. */
export function readManifest(text: string | undefined): ReadManifest {
  const defaults = MANIFEST.parse({})
  if (text === undefined) return { manifest: defaults, problems: [] }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { manifest: defaults, problems: [{ file: MANIFEST_FILE, ...placeOfSyntaxError(message, text), code: 'syntax_error', message }] }
  }
  const parsed = MANIFEST.safeParse(value)
  if (parsed.success) return { manifest: parsed.data, problems: [] }
  const problems = parsed.error.issues.map((issue): LoadProblem => {
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path
    const where = path.map(String).join('.')
    const message = (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message
    return { file: MANIFEST_FILE, ...placeOfPath(text, path), code: 'invalid_manifest', message: where === '' ? message : `${where}: ${message}` }
  })
  return { manifest: defaults, problems }
}

interface Place {
  readonly line?: number
  readonly column?: number
}

/** V8 names the place in its message unless the text ends too early. */
function placeOfSyntaxError(message: string, text: string): Place {
  const named = /\(line (\d+) column (\d+)\)/.exec(message)
  return named === null ? placeOfOffset(text, text.length) : { line: Number(named[1]), column: Number(named[2]) }
}

/** Where the keys of `path` are written, searched one after the other; good enough to jump to in an editor. */
function placeOfPath(text: string, path: readonly PropertyKey[]): Place {
  let offset = -1
  for (const key of path) {
    if (typeof key !== 'string') continue
    const found = text.indexOf(JSON.stringify(key), offset + 1)
    if (found < 0) break
    offset = found
  }
  return offset < 0 ? {} : placeOfOffset(text, offset)
}

function placeOfOffset(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
