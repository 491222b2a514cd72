import type { NpmProjects } from '../../namespaces/dependency-service.types.ts'
import { isNpmName, parseNpmSpec } from '../safety/package-spec.ts'
import { createInstallScrub, type InstallFolderDeps, inInstallFolder } from './install-folder.ts'
import { changeNpmProject } from './npm.ts'
import { createProgressLines } from './progress-lines.ts'

export interface NpmProjectsDeps extends InstallFolderDeps {
  /** Hides every known secret in a line. */
  readonly scrub: (text: string) => string
}

/** npm for folders of tools: the same program, environment and bounds as for external servers. */
export function createNpmProjects(deps: NpmProjectsDeps): NpmProjects {
  const scrub = createInstallScrub(deps.config, deps.scrub)
  return {
    isPackage: (spec) => parseNpmSpec(spec) !== undefined,
    isPackageName: isNpmName,
    async change(dir, { signal, onLine, prepare, use, ...change }) {
      const progress = createProgressLines(scrub, onLine)
      return inInstallFolder(deps, dir, signal, progress, async (context) => {
        await prepare()
        await changeNpmProject(context, change)
        return use()
      })
    },
  }
}
