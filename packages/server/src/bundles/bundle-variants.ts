import type { PublishedNamespace } from '../catalog/snapshot.ts'

/** Kept for each bundle; one more, and the one unused for longest is put together anew when it is asked for. */
const VARIANTS_MAX = 16

export type Parts = ReadonlyMap<string, PublishedNamespace>
type VariantFor = NonNullable<PublishedNamespace['variantFor']>

/**
 * A bundle as a client sees it, when what its namespaces list depends on the client. Undefined: it does not for any.
 * @param whole the bundle put together from `parts` as they are
 * @param make the bundle put together from others
 */
export function bundleVariants(parts: Parts, whole: () => PublishedNamespace, make: (parts: Parts) => PublishedNamespace): VariantFor | undefined {
  if (![...parts.values()].some(({ variantFor }) => variantFor !== undefined)) return undefined
  const known: { readonly parts: Parts; readonly bundle: PublishedNamespace }[] = []

  return async (...client) => {
    const asked = await Promise.all([...parts].map(async ([name, part]) => [name, (await part.variantFor?.(...client)) ?? part] as const))
    const seen: Parts = new Map(asked)
    if (areSame(seen, parts)) return whole()
    const found = known.find((one) => areSame(one.parts, seen)) ?? { parts: seen, bundle: make(seen) }
    known.splice(0, known.length, ...[found, ...known.filter((one) => one !== found)].slice(0, VARIANTS_MAX))
    return found.bundle
  }
}

/** Of the same namespaces, so it is enough to look at each. */
const areSame = (a: Parts, b: Parts): boolean => [...a].every(([name, part]) => b.get(name) === part)
