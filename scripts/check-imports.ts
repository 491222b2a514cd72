import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { cruise, type ICruiseOptions, type IFlattenedRuleSet } from 'dependency-cruiser'
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config'

const PROJECT = dirname(import.meta.dirname)
/** A resolver that finds nothing finds no violation either: fewer modules than this mean that the check is broken. */
const MODULES_MIN = 100

export interface ImportReport {
  /** How many modules of ours were read. */
  readonly modules: number
  /** One paragraph per forbidden import: rule, both ends, what to do instead. */
  readonly violations: readonly string[]
}

/** Holds `packages/` of the checkout at `root` against the rules of `.dependency-cruiser.cjs`. */
export async function checkImports(root: string = PROJECT): Promise<ImportReport> {
  const { options, forbidden } = createRequire(import.meta.url)(join(PROJECT, '.dependency-cruiser.cjs')) as {
    options: ICruiseOptions
    forbidden: IFlattenedRuleSet['forbidden']
  }
  const result = await cruise(
    ['packages'],
    { ...options, baseDir: root, ruleSet: { forbidden: forbidden ?? [] }, validate: true },
    options.enhancedResolveOptions,
    { tsConfig: extractTsConfig(join(PROJECT, 'tsconfig.json')) },
  )
  if (typeof result.output === 'string') throw new Error('dependency-cruiser answers an object when no output type is asked for')
  const comments = new Map(forbidden?.map(({ name, comment }) => [name, comment]))
  return {
    modules: result.output.modules.filter(({ source }) => source.startsWith('packages/')).length,
    violations: result.output.summary.violations.map(({ rule, from, to, cycle }) => {
      const path = cycle ? cycle.map(({ name }) => name).join(' → ') : to
      return `${rule.name}: ${from} → ${path}\n  ${comments.get(rule.name) ?? ''}`
    }),
  }
}

if (import.meta.main) {
  const { modules, violations } = await checkImports()
  for (const violation of violations) console.error(violation)
  if (modules < MODULES_MIN) console.error(`only ${modules} modules were seen: the import check itself is broken`)
  console.log(`${modules} modules, ${violations.length} forbidden imports`)
  process.exitCode = violations.length > 0 || modules < MODULES_MIN ? 1 : 0
}
