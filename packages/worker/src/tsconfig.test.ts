import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { makeFolder } from '../test/start-worker.ts'
import { generateTsconfig } from './tsconfig.ts'

const tsc = new URL('../../../node_modules/typescript/bin/tsc', import.meta.url).pathname

const GOOD = `import { readFileSync } from 'node:fs'
import { defineTool } from 'tooldock'
import { z } from 'zod'
import { helper } from './lib/helper.ts'
export const add = defineTool({ input: z.object({ a: z.number() }), output: z.object({ sum: z.number() }), handler: ({ a }) => ({ sum: a + helper + readFileSync.length }) })
`

it('makes an editor know tooldock, zod, Node and the TypeScript that a worker runs', async () => {
  const { dir, remove } = await makeFolder({
    'tsconfig.json': generateTsconfig(),
    'good.ts': GOOD,
    'lib/helper.ts': 'export const helper = 1',
    'enum.ts': 'export enum Colour { Red }',
    'wrong.ts': GOOD.replace('sum: a', 'total: a'),
  })
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', dir, '--pretty', 'false']).catch((error: { stdout: string }) => error)
  await remove()
  const errors = stdout.split('\n').filter((line) => line.includes('error'))
  expect(errors).toHaveLength(2)
  expect(errors[0]).toMatch(/enum\.ts\(1,13\): error TS1294/)
  expect(errors[1]).toMatch(/wrong\.ts\(5,\d+\): error/)
}, 60_000)
