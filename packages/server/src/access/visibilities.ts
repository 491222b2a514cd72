import type { Visibility } from '../kernel/principal.ts'
import type { KeyAccess } from './api-key.types.ts'
import { visibilityOf } from './key-access.ts'

/** Keeps one object for all keys that see the same, so that the lists made for one serve them all. */
export function createVisibilities() {
  const known = new Map<string, Visibility>()
  return {
    /** Undefined: everything is seen. */
    of(access: KeyAccess): Visibility | undefined {
      const sees = visibilityOf(access)
      if (sees === undefined) return undefined
      const signature = JSON.stringify([sorted(access.namespaces), sorted(access.tools)])
      const same = known.get(signature)
      if (same === undefined) known.set(signature, sees)
      return same ?? sees
    },
    /** Forgets all but these. */
    keep(used: readonly (Visibility | undefined)[]): void {
      const still = new Set(used)
      for (const [signature, sees] of known) if (!still.has(sees)) known.delete(signature)
    },
  }
}

const sorted = (names: readonly string[] | null): readonly string[] | null => names && [...new Set(names)].sort()
