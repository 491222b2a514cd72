import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

/** What no linter rule of ours says. Import directions are checked by scripts/check-imports.ts. */
const PACKAGES = join(import.meta.dirname, '../..')
const files = globSync('*/src/**/*.ts', { cwd: PACKAGES })
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => ({ file, source: ts.createSourceFile(file, readFileSync(join(PACKAGES, file), 'utf8'), ts.ScriptTarget.Latest, true) }))

/** `file:line` of every node that `isFault` names. */
function find(isFault: (node: ts.Node, source: ts.SourceFile) => boolean, among = files): string[] {
  return among.flatMap(({ file, source }) => {
    const found: string[] = []
    const visit = (node: ts.Node): void => {
      if (isFault(node, source)) found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`)
      ts.forEachChild(node, visit)
    }
    visit(source)
    return found
  })
}

const planted = (text: string) => [{ file: 'planted.ts', source: ts.createSourceFile('planted.ts', text, ts.ScriptTarget.Latest, true) }]

/** A catch that does nothing and does not say why that is right. */
const swallows = (node: ts.Node, source: ts.SourceFile): boolean =>
  ts.isCatchClause(node) && node.block.statements.length === 0 && !/\/\/|\/\*/.test(node.block.getText(source))

/** A variable of a module that can be assigned again: state that no test can reset and no shutdown can end. */
const isModuleState = (node: ts.Node): boolean =>
  ts.isVariableStatement(node) && ts.isSourceFile(node.parent) && (node.declarationList.flags & ts.NodeFlags.Const) === 0

test('the check sees the code', () => {
  expect(files.length).toBeGreaterThan(100)
})

describe('no catch swallows an error without saying why that is right', () => {
  test('in the code', () => expect(find(swallows)).toEqual([]))
  test('and a planted one is found', () => expect(find(swallows, planted('try { f() } catch {}'))).toEqual(['planted.ts:1']))
})

describe('no module of the gateway holds state', () => {
  const gateway = files.filter(({ file }) => file.startsWith('server/'))
  // The worker and the thread of SQLite are programs of one file whose life is their process.
  const isProgram = ({ file }: { file: string }) => file.endsWith('/main.ts') || file.endsWith('/sqlite-worker.ts')
  test('in the code', () =>
    expect(
      find(
        isModuleState,
        gateway.filter((file) => !isProgram(file)),
      ),
    ).toEqual([]))
  test('and a planted one is found', () => expect(find(isModuleState, planted('let count = 0'))).toEqual(['planted.ts:1']))
})

test('no source file is longer than 500 lines, but for the tables and what is generated', () => {
  const tables = ['server/src/config/settings.ts', 'server/src/errors/catalogue.ts']
  const long = files.filter(({ file, source }) => source.getLineStarts().length > 500 && !tables.includes(file) && !file.includes('/generated/'))
  expect(long.map(({ file }) => file)).toEqual([])
})
