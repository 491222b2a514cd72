/**
 * Everything a tool file may import or mention, as the compiler wants to find it: its own libraries, Node.js, zod and the ToolDock
 * API. They come with the page, so the editor needs no network but the gateway's.
 */
export function libraryFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const [path, content] of Object.entries({ ...compiler, ...node, ...zod })) {
    if (typeof content === 'string') files.set(path.slice(path.indexOf('/node_modules/')), content)
  }
  for (const [path, content] of Object.entries(sdk)) {
    if (typeof content === 'string') files.set(path.replace(/^.*\/sdk\/src\//, '/node_modules/tooldock/'), content)
  }
  files.set('/node_modules/tooldock/package.json', '{"name":"tooldock","type":"module","exports":"./index.ts"}')
  files.set(
    '/node_modules/zod/package.json',
    '{"name":"zod","type":"module","exports":{".":"./index.d.ts","./v4":"./v4/index.d.ts","./mini":"./mini/index.d.ts"}}',
  )
  return files
}

// Vite wants the patterns as literals.
const compiler = import.meta.glob(
  [
    '/../../node_modules/typescript/lib/lib.es*.d.ts',
    '/../../node_modules/typescript/lib/lib.decorators*.d.ts',
    '!/../../node_modules/typescript/lib/*.full.d.ts',
  ],
  { query: '?raw', import: 'default', eager: true },
)
const node = import.meta.glob(['/../../node_modules/@types/node/**/*.d.ts', '/../../node_modules/undici-types/*.d.ts', '!**/ts5.*/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
})
const zod = import.meta.glob(['/../../node_modules/zod/index.d.ts', '/../../node_modules/zod/{v4,mini}/**/*.d.ts', '!**/v4/locales/[a-df-z]*.d.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
})
const sdk = import.meta.glob(['/../sdk/src/*.ts', '!**/*.test.ts'], { query: '?raw', import: 'default', eager: true })
