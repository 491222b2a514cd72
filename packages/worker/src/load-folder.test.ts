import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFolder, TestWorker } from '../test/start-worker.ts'
import type { LoadProblem, LoadResult } from './protocol.ts'

let worker: TestWorker
let remove = async () => {}

beforeEach(() => {
  worker = new TestWorker()
})
afterEach(async () => {
  await worker.stop()
  await remove()
})

async function load(files: Readonly<Record<string, string>>, importMs = 20_000): Promise<LoadResult & { dir: string }> {
  const folder = await makeFolder(files)
  remove = folder.remove
  return { ...(await worker.load(folder.dir, { limits: { resultBytesMax: 1e6, parkedCallsMax: 10, importMs } })), dir: folder.dir }
}

const TOOL = (name: string) => `import { defineTool } from 'tooldock'\nexport const ${name} = defineTool({ handler: () => '${name}' })\n`

const placed = ({ file, line, column, code }: LoadProblem) => `${file}:${line ?? '?'}:${column ?? '?'} ${code}`

describe('loading a folder', () => {
  it('serves every kind of file, ignores the others, and lists by name', async () => {
    const { catalogue, problems } = await load({
      'z.ts': TOOL('zed'),
      'm.mts': TOOL('em'),
      'j.js': TOOL('jay'),
      'n.mjs': TOOL('en'),
      '_hidden.ts': TOOL('hidden'),
      '.dot.ts': TOOL('dot'),
      'z.test.ts': TOOL('test'),
      'types.d.ts': 'export const broken: =',
      'helper.ts': 'export const notATool = 1',
      'sub/inner.ts': TOOL('inner'),
      'readme.md': '#',
      'package.json': '{"type": "commonjs"}',
    })
    expect(problems).toEqual([])
    expect(catalogue.tools.map(({ name, file }) => `${name} ${file}`)).toEqual(['em m.mts', 'en n.mjs', 'jay j.js', 'zed z.ts'])
  })

  it('takes the name of the export, of the definition, or of the file', async () => {
    const { catalogue } = await load({
      'hello.ts': `import { defineTool } from 'tooldock'
export const one = defineTool({ handler: () => '' })
export const two = defineTool({ name: 'second', handler: () => '' })
export { one as again }
export default defineTool({ handler: () => '' })`,
      'other.ts': `export { one } from './hello.ts'`,
    })
    expect(catalogue.tools.map(({ name }) => name)).toEqual(['again', 'hello', 'second'])
  })

  it('resolves helpers by either ending, JSON, tooldock, and zod: the own one of the folder first', async () => {
    const { catalogue, problems } = await load({
      'a.ts': `import { defineTool } from 'tooldock'
import { z } from 'zod'
import { deep } from './lib/deep.js'
import data from './data.json' with { type: 'json' }
export const a = defineTool({ description: deep + data.text + z.OWN, handler: () => '' })`,
      'lib/deep.ts': `import { more } from './more.ts'\nexport const deep: string = more`,
      'lib/more.ts': `export const more = 'deep '`,
      'data.json': '{"text": "data "}',
      'node_modules/zod/package.json': '{"name": "zod", "version": "4.9.9", "type": "module", "exports": "./index.js"}',
      'node_modules/zod/index.js': 'export const z = { OWN: "own" }',
    })
    expect(problems).toEqual([])
    expect(catalogue.tools[0]?.description).toBe('deep data own')
  })
})

describe('problems', () => {
  it('of all files are gathered, each with its place', async () => {
    const { problems, catalogue } = await load(
      {
        'enum.ts': 'const a: number = 1\nexport  enum Colour { Red }\n',
        'parameter.ts': 'export class A {\n  constructor(private x: number) {}\n}\n',
        'namespace.ts': 'export const a: number = 1\nnamespace N { export const x = 1 }\n',
        'decorator.ts': 'const d = (x: unknown) => x\n  @d class Q {}\n',
        'syntax.ts': 'export const a = 1\nexport const b = ((\n',
        'syntax.js': 'export const a = 1\nexport const b = ]\n',
        'import-file.ts': `import { a } from './good.ts'\nimport { x } from './nowhere.ts'\n`,
        'import-package.ts': `\nimport x from 'no-such-package'\n`,
        'import-name.ts': `import { missing } from './good.ts'\n`,
        'throws.ts': `const a: string = 'x'\nfunction fail(): never { throw new Error('boom') }\nfail()\n`,
        'throws-text.js': `throw 'just text'`,
        'hangs.ts': 'await new Promise(() => {})\n',
        'good.ts': TOOL('good'),
      },
      3000,
    )
    const byFile = Object.fromEntries(problems.map((problem) => [problem.file, problem]))
    expect(problems.map(placed)).toEqual([
      'decorator.ts:2:3 unsupported_syntax',
      'enum.ts:2:9 unsupported_syntax',
      'hangs.ts:?:? timed_out',
      'import-file.ts:2:19 import_failed',
      'import-name.ts:1:10 import_failed',
      'import-package.ts:2:15 import_failed',
      'namespace.ts:2:1 unsupported_syntax',
      'parameter.ts:2:23 unsupported_syntax',
      'syntax.js:2:18 syntax_error',
      'syntax.ts:2:? syntax_error',
      'throws-text.js:?:? threw',
      'throws.ts:2:32 threw',
    ])
    expect(byFile['enum.ts']?.message).toMatch(/Only erasable TypeScript .* enum: write `const/)
    expect(byFile['import-file.ts']?.message).toBe('Cannot import "./nowhere.ts": no such file.')
    expect(byFile['import-package.ts']?.message).toContain('"no-such-package": no such package; add it to "dependencies"')
    expect(byFile['throws.ts']?.message).toBe('Error: boom')
    expect(byFile['throws-text.js']?.message).toContain('"just text"')
    expect(catalogue.tools.map(({ name }) => name)).toEqual(['good'])
  })

  it('in a helper are reported once, where they are', async () => {
    const { problems } = await load({
      'a.ts': `import './lib/broken.ts'`,
      'b.ts': `import './lib/broken.ts'`,
      'c.js': `import './lib/syntax.js'`,
      'lib/broken.ts': '\nexport enum E { A }\n',
      'lib/syntax.js': '\n\nconst a = ]\n',
    })
    expect(problems.map(placed).sort()).toEqual(['lib/broken.ts:2:8 unsupported_syntax', 'lib/syntax.js:3:11 syntax_error'])
  })

  it('of definitions name the definition and the place of its define call', async () => {
    const { problems } = await load({
      'a.ts': `import { defineTool, defineResource, definePrompt } from 'tooldock'
import { z } from 'zod'
const handler = () => ''
export const twice = defineTool({ handler })
export const bad = defineTool({ name: 'no spaces', handler })
export const long = defineTool({ name: 'x'.repeat(65), handler })
export const dated = defineTool({ input: z.object({ at: z.date() }), handler })
export const text = defineTool({ input: z.string() as never, handler })
export const remote = defineTool({ input: { type: 'object', properties: { a: { $ref: 'https://example.com/x' } } }, handler })
export const header = defineTool({ input: z.object({ n: z.number().meta({ 'x-mcp-header': 'N' }) }), handler })
export const output = defineTool({ output: { type: 'nonsense' }, handler })
export const idle = defineTool({} as never)
export const slow = defineTool({ timeoutSeconds: -1, handler })
export const template = defineResource({ uriTemplate: 'x://{a', handler })
export const place = defineResource({ uri: 'no scheme', handler })
export const neither = defineResource({ handler } as never)
export const silent = definePrompt({ handler } as never)
export const completes = definePrompt({ description: 'd', complete: { other: () => [] } as never, handler })
`,
      'b.ts': TOOL('twice'),
    })
    const found = problems.map((problem) => `${placed(problem)} ${problem.message}`)
    const expected: [string, string][] = [
      ['a.ts:5:20 invalid_name', 'tool "no spaces"'],
      ['a.ts:6:21 invalid_name', 'tool "xxx'],
      ['a.ts:7:22 invalid_schema', 'Date'],
      ['a.ts:8:21 invalid_schema', 'object at the root'],
      ['a.ts:9:23 invalid_schema', 'same document'],
      ['a.ts:10:23 invalid_schema', 'string, integer or boolean'],
      ['a.ts:11:23 invalid_schema', '`output`: It is not a valid JSON Schema'],
      ['a.ts:12:21 invalid_definition', '`handler` must be a function'],
      ['a.ts:13:21 invalid_definition', '`timeoutSeconds`'],
      ['a.ts:14:25 invalid_uri_template', 'brace'],
      ['a.ts:15:22 invalid_uri', 'scheme'],
      ['a.ts:16:24 invalid_definition', '`uri` or `uriTemplate`'],
      ['a.ts:17:23 invalid_definition', '`description` is missing'],
      ['a.ts:18:26 invalid_definition', 'no such argument'],
      ['b.ts:2:22 duplicate_name', 'both a.ts and b.ts define "twice"'],
    ]
    for (const [place, words] of expected) expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${RegExp.escape(place)} .*${RegExp.escape(words)}`)))
    expect(found).toHaveLength(expected.length)
  })

  it('include packages that lie around the folder but do not belong to it', async () => {
    const packageNamed = (name: string) => ({ [`${name}/package.json`]: '{"exports": "./index.js"}', [`${name}/index.js`]: '' })
    const around = await makeFolder({
      ...packageNamed('node_modules/around'),
      ...packageNamed('ns/node_modules/own'),
      'ns/a.ts': `import 'own'\nimport 'fs'\nimport 'node:path'\nimport 'around'`,
    })
    remove = around.remove
    const { problems } = await worker.load(join(around.dir, 'ns'))
    expect(problems.map(placed)).toEqual(['a.ts:4:8 import_failed'])
  })

  it('include links that leave the folder; nothing is imported then', async () => {
    const outside = await makeFolder({ 'secret.ts': TOOL('secret') })
    const folder = await makeFolder({ 'good.ts': TOOL('good') })
    await symlink(join(outside.dir, 'secret.ts'), join(folder.dir, 'link.ts'))
    await symlink('good.ts', join(folder.dir, 'inside.ts'))
    remove = async () => {
      await outside.remove()
      await folder.remove()
    }
    const { problems, catalogue } = await worker.load(folder.dir)
    expect(problems.map(placed)).toEqual(['link.ts:?:? outside_folder'])
    expect(catalogue.tools).toEqual([])
  })
})
