import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createLanguageHost } from './language-host.ts'
import { createLanguageService, type LanguageService } from './language-service.ts'

const root = new URL('../../../../../../', import.meta.url).pathname

/** As library-files.ts bundles them, read from the disk. */
function library(): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  const add = (from: string, to: string): void => {
    for (const entry of readdirSync(join(root, from), { recursive: true, encoding: 'utf8' })) {
      if (/(?<!\.test)\.ts$/.test(entry)) files.set(`${to}/${entry}`, readFileSync(join(root, from, entry), 'utf8'))
    }
  }
  add('packages/sdk/src', '/node_modules/tooldock')
  add('node_modules/zod/v4', '/node_modules/zod/v4')
  for (const file of readdirSync(join(root, 'node_modules/typescript/lib')).filter((name) => /^lib\.(es|decorators).*\.d\.ts$/.test(name))) {
    files.set(`/node_modules/typescript/lib/${file}`, readFileSync(join(root, 'node_modules/typescript/lib', file), 'utf8'))
  }
  files.set('/node_modules/zod/index.d.ts', `export * from './v4/classic/external.js'\nexport * as z from './v4/classic/external.js'`)
  files.set('/node_modules/zod/package.json', '{"name":"zod","type":"module","exports":"./index.d.ts"}')
  files.set('/node_modules/tooldock/package.json', '{"name":"tooldock","type":"module","exports":"./index.ts"}')
  return files
}

const tool = (body: string): string => `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const add = defineTool({
  description: 'Adds.',
  input: z.object({ left: z.number(), right: z.number() }),
  async handler(input, ctx) { ${body} },
})
`

describe('the language service', { timeout: 120_000 }, () => {
  let service: LanguageService
  beforeAll(() => {
    service = createLanguageService(createLanguageHost(library()))
  })
  const namesAt = (content: string, after: string): readonly string[] => {
    service.open({ files: [{ path: 'add.ts', content }] })
    return service.complete({ path: 'add.ts', at: content.indexOf(after) + after.length })?.entries.map(({ name }) => name) ?? []
  }

  it('completes the ToolDock API, and arguments by the schema of the tool', () => {
    expect(namesAt(tool('ctx.'), 'ctx.')).toEqual(expect.arrayContaining(['elicit', 'progress', 'signal']))
    expect(namesAt(tool('return input.'), 'input.')).toEqual(expect.arrayContaining(['left', 'right']))
    expect(namesAt(tool('').replace('description:', 'des'), '  des')).toContain('description')
  })

  it('warns of wrong types, and calls an error only what cannot run', () => {
    const problemsOf = (body: string) => {
      service.open({ files: [{ path: 'add.ts', content: tool(body) }] })
      return service.check({ path: 'add.ts' })
    }
    expect(problemsOf('return { sum: input.left + input.right }')).toEqual([])
    expect(problemsOf('return input.middle')).toMatchObject([{ severity: 'warning', message: expect.stringContaining('middle') }])
    expect(problemsOf('return (')[0]).toMatchObject({ severity: 'error' })
  })

  it('knows the other files of the folder, and leaves packages to the gateway', () => {
    service.open({
      files: [
        { path: 'add.ts', content: `import { one } from './one.ts'\nimport 'left-pad'\nexport const two: number = one\n` },
        { path: 'one.ts', content: 'export const one = 1\n' },
      ],
    })
    expect(service.check({ path: 'add.ts' })).toEqual([])
    service.change({ path: 'one.ts', content: `export const one = 'x'\n` })
    expect(service.check({ path: 'add.ts' })).toHaveLength(1)
  })

  it('knows the types of packages as soon as they are installed, and forgets them with them', () => {
    const content = `import { word } from 'word'\nimport pad from 'pad'\nexport const twice: number = word\nexport const padded: number = pad('x')\n`
    service.open({ files: [{ path: 'add.ts', content }] })
    expect(service.check({ path: 'add.ts' })).toEqual([])
    service.install({
      files: [
        { path: 'node_modules/word/package.json', content: '{"name":"word","exports":{"types":"./lib/index.d.ts","default":"./index.js"}}' },
        { path: 'node_modules/word/lib/index.d.ts', content: 'export declare const word: string\n' },
        { path: 'node_modules/@types/pad/package.json', content: '{"name":"@types/pad","types":"index.d.ts"}' },
        { path: 'node_modules/@types/pad/index.d.ts', content: 'declare function pad(text: string): string\nexport = pad\n' },
      ],
    })
    expect(service.check({ path: 'add.ts' })).toMatchObject([{ severity: 'warning' }, { severity: 'warning' }])
    expect(service.complete({ path: 'add.ts', at: content.indexOf('word }') })?.entries.map(({ name }) => name)).toContain('word')
    service.install({ files: [] })
    expect(service.check({ path: 'add.ts' })).toEqual([])
  })

  it('explains what stands at a place', () => {
    const content = tool('ctx.progress(1)')
    service.open({ files: [{ path: 'add.ts', content }] })
    expect(service.explain({ path: 'add.ts', at: content.indexOf('progress') + 1 })).toMatchObject({
      signature: expect.stringContaining('progress(progress: number'),
      documentation: expect.stringContaining('how far the work is'),
    })
  })
})
