/** What a user may write where a package is meant: a name of the registry and at most an exact version or tag. */
export interface PackageSpec {
  readonly name: string
  readonly version?: string
}

const NPM_NAME = /^(@[a-z0-9_~][a-z0-9._~-]*\/)?[a-z0-9_~][a-z0-9._~-]*$/
/** An exact version or a tag (`latest`); ranges, URLs, files and aliases hold other characters. */
const NPM_VERSION = /^[0-9A-Za-z][0-9A-Za-z.+_-]*$/
const PYPI_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*\])?$/
const PYPI_VERSION = /^[0-9A-Za-z][0-9A-Za-z.!+_-]*$/
const LENGTH_MAX = 214

export function isNpmName(name: string): boolean {
  return name.length <= LENGTH_MAX && NPM_NAME.test(name) && !name.endsWith('.tgz') && !name.endsWith('.tar.gz')
}

export function isNpmVersion(version: string): boolean {
  return version.length <= LENGTH_MAX && NPM_VERSION.test(version)
}

export function isPypiName(name: string): boolean {
  return name.length <= LENGTH_MAX && PYPI_NAME.test(name) && !/\.(whl|zip|tar|gz|tgz|py)$/i.test(name)
}

export function isPypiVersion(version: string): boolean {
  return version.length <= LENGTH_MAX && PYPI_VERSION.test(version)
}

/** `name`, `name@1.2.3`, `@scope/name@tag`; undefined for anything that npm would fetch from elsewhere. */
export function parseNpmSpec(spec: string): PackageSpec | undefined {
  const at = spec.indexOf('@', 1)
  const name = at < 0 ? spec : spec.slice(0, at)
  if (!isNpmName(name)) return undefined
  if (at < 0) return { name }
  const version = spec.slice(at + 1)
  return isNpmVersion(version) ? { name, version } : undefined
}

/** `name`, `name==1.2.3`, `name@1.2.3`; undefined for URLs, paths, ranges and markers. */
export function parsePypiSpec(spec: string): PackageSpec | undefined {
  const match = /^([^@=]+)(?:==|@)([^@=]+)$/.exec(spec)
  const name = match?.[1] ?? spec
  const version = match?.[2]
  if (!isPypiName(name)) return undefined
  if (version === undefined) return { name }
  return isPypiVersion(version) ? { name, version } : undefined
}

/** An exact version, as far as a name can tell: tags such as `latest` move. */
export function isExactVersion(version: string | undefined): boolean {
  return version !== undefined && /^\d/.test(version)
}
