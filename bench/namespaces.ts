/** Tool folders the benchmark serves. */

const HEAD = "import { defineTool } from 'tooldock'\nimport { z } from 'zod'\n\n"

const tool = (name: string) => `export const ${name} = defineTool({
  description: 'Answers what it was given.',
  input: z.object({ text: z.string() }),
  handler: ({ text }) => text,
})
`

export const ECHO = { 'echo.ts': HEAD + tool('echo') }

/** One folder with `count` tools named t0, t1, … */
export function folderOf(count: number): Record<string, string> {
  return { 'tools.ts': HEAD + Array.from({ length: count }, (_, index) => tool(`t${index}`)).join('\n') }
}

export function namespacesOf(count: number, toolsEach: number): Record<string, Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`ns${index}`, folderOf(toolsEach)]))
}
