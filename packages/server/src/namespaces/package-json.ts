import { z } from 'zod'
import { ToolDockError } from '../errors/tooldock-error.ts'

export const PACKAGE_FILE = 'package.json'
export const LOCK_FILE = 'package-lock.json'

const specs = z.record(z.string(), z.string()).default({})
const PACKAGE = z.looseObject({
  dependencies: specs,
  devDependencies: specs,
  optionalDependencies: specs,
  peerDependencies: specs,
  overrides: z.unknown().optional(),
  workspaces: z.unknown().optional(),
})
const LOCK = z.looseObject({
  packages: z.record(z.string(), z.looseObject({ version: z.string().optional(), resolved: z.string().optional(), link: z.boolean().optional() })).default({}),
})

export type PackageJson = z.infer<typeof PACKAGE>

/** @throws {ToolDockError} `invalid_params` with what is wrong with the text */
export function parsePackageJson(text: string): PackageJson {
  const parsed = PACKAGE.safeParse(parseJson(text, PACKAGE_FILE))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ToolDockError('invalid_params', `${PACKAGE_FILE} cannot be used: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
}

/** Versions by name of what lies directly in `node_modules`, by npm's own record of it or by a lock file. */
export function installedVersions(text: string): ReadonlyMap<string, string> {
  const parsed = LOCK.safeParse(parseJson(text, LOCK_FILE))
  const versions = new Map<string, string>()
  for (const [path, { version }] of Object.entries(parsed.data?.packages ?? {})) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1]
    if (name !== undefined && version !== undefined) versions.set(name, version)
  }
  return versions
}

/**
 * Nothing but packages of the registry: an installer runs outside of the sandbox and could read, or fetch, anything else.
 * @throws {ToolDockError} `invalid_params`
 */
export function assertFromRegistry(packageJson: string, lockFile: string | undefined): void {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies, overrides, workspaces } = parsePackageJson(packageJson)
  if (workspaces !== undefined) throw new ToolDockError('invalid_params', `${PACKAGE_FILE} of a namespace cannot have "workspaces".`)
  for (const [name, spec] of Object.entries({ ...peerDependencies, ...devDependencies, ...optionalDependencies, ...dependencies }))
    assertRegistrySpec(name, spec)
  for (const [name, spec] of overrideSpecs(overrides)) assertRegistrySpec(name, spec)
  if (lockFile === undefined) return
  const lock = LOCK.safeParse(parseJson(lockFile, LOCK_FILE))
  if (!lock.success) throw new ToolDockError('invalid_params', `${LOCK_FILE} cannot be used: delete it, and the next installation writes it anew.`)
  for (const [path, { resolved, link }] of Object.entries(lock.data.packages))
    if (link === true || (resolved !== undefined && !/^https?:\/\//.test(resolved)))
      throw new ToolDockError('invalid_params', `${LOCK_FILE} names something that is not of the registry: ${path}.`)
}

/** A range, a version, a tag or another name for a package; no file, folder, address or repository. */
const REGISTRY_SPEC = /^(npm:(@[a-z0-9~_-][a-z0-9~._-]*\/)?[a-z0-9~_-][a-z0-9~._-]*(@|$))?[^:/\\]*$/
const LOCAL_SPEC = /^\s*\.|^\s*~\s*$|\.(tgz|tar\.gz|tar)\s*$/i

function assertRegistrySpec(name: string, spec: string): void {
  if (!REGISTRY_SPEC.test(spec) || LOCAL_SPEC.test(spec))
    throw new ToolDockError('invalid_params', `"${name}": "${spec.slice(0, 80)}" is not a version of a package of the registry, and nothing else is installed.`)
}

function* overrideSpecs(overrides: unknown): Generator<readonly [string, string]> {
  if (typeof overrides !== 'object' || overrides === null) return
  for (const [name, value] of Object.entries(overrides)) {
    if (typeof value === 'string') yield [name, value]
    else yield* overrideSpecs(value)
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ToolDockError('invalid_params', `${name} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}
