// `npm run sbom`: a CycloneDX document of everything that is published, on stdout: what npm installs with it, by the lock
// file, and what is built into the admin UI.
import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { buildPackage, bundledPackages } from './build-package.ts'

interface Sbom {
  components: { readonly name: string; readonly version: string; readonly purl: string }[]
}

/** @param folder what `buildPackage` wrote: it knows nothing but what ships, and npm counts a package twice used as a tool of development */
export function writeSbom(folder: string): Sbom {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only', '--loglevel=error']
  const sbom = JSON.parse(execFileSync('npm', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 })) as Sbom
  const bundled = bundledPackages().map(({ name, version, identifier }) => ({
    ...{ 'bom-ref': `bundled/${name}@${version}`, type: 'library', name, version, scope: 'required' },
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    licenses: [{ license: { id: identifier } }],
    properties: [{ name: 'tooldock:bundled', value: 'packages/admin-ui/dist' }],
  }))
  return { ...sbom, components: [...sbom.components, ...bundled] }
}

if (import.meta.main) {
  const folder = join(dirname(import.meta.dirname), 'dist/tooldock')
  buildPackage(folder)
  console.log(JSON.stringify(writeSbom(folder), null, 2))
}
