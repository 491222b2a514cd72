/** Where a value of a client's configuration comes from when it is not written there. */
export interface Expansion {
  readonly text: string
  /** Names in `${VAR}`, `${env:VAR}` and `${input:id}` for which nothing is known. */
  readonly missing: readonly string[]
}

const REFERENCE = /\$\{(?:(env|input|secret):)?([A-Za-z_][A-Za-z0-9_.-]*)(?::-([^{}]*))?\}/g

/**
 * Puts values in place of `${VAR}`, `${VAR:-default}` and `${env:VAR}`; `${input:id}` asks, so its value is a variable too.
 * What has neither value nor default becomes `${secret:NAME}`, for which a secret can be set later. The gateway's own
 * environment is never looked at: an import must not read it out.
 */
export function expandVariables(text: string, values: Readonly<Record<string, string>>): Expansion {
  const missing: string[] = []
  const expanded = text.replaceAll(REFERENCE, (written, kind: string | undefined, name: string, fallback: string | undefined) => {
    if (kind === 'secret') return written
    if (Object.hasOwn(values, name)) return values[name] ?? ''
    if (fallback !== undefined) return fallback
    const secret = name.replaceAll(/[^A-Za-z0-9_]/g, '_')
    missing.push(secret)
    return `\${secret:${secret}}`
  })
  return { text: expanded, missing: [...new Set(missing)] }
}
