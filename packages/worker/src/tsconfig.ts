import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The `tsconfig.json` that makes an editor understand a folder of tools: types of `tooldock`, `zod` (the folder's own
 * first) and Node from this installation, and only the TypeScript that a worker can run.
 */
export function generateTsconfig(): string {
  // Where this installation has its packages: below it in a checkout, beside it when it is a package itself.
  const modules = dirname(dirname(createRequire(import.meta.url).resolve('zod/package.json')))
  const nodeTypes = existsSync(`${modules}/@types/node`) ? { typeRoots: ['./node_modules/@types', `${modules}/@types`], types: ['node'] } : {}
  const compilerOptions = {
    target: 'ESNext',
    lib: ['ESNext'],
    // Files are ES modules whatever the folder's package.json says, which NodeNext would go by.
    module: 'ESNext',
    moduleResolution: 'Bundler',
    strict: true,
    noEmit: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    allowJs: true,
    skipLibCheck: true,
    ...nodeTypes,
    paths: {
      tooldock: [fileURLToPath(new URL('../../sdk/src/index.ts', import.meta.url))],
      zod: ['./node_modules/zod', `${modules}/zod`],
      'zod/*': ['./node_modules/zod/*', `${modules}/zod/*`],
    },
  }
  return `${JSON.stringify({ compilerOptions, include: ['**/*'] }, null, 2)}\n`
}
