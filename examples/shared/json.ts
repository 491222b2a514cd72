import { defineTool } from 'tooldock'
import { z } from 'zod'

export const formatJson = defineTool({
  name: 'format_json',
  title: 'Format JSON',
  description: 'Checks JSON and writes it indented, compact, or as CSV (a list of flat objects). Says what is wrong when it is not JSON.',
  input: z.object({
    json: z.string(),
    form: z.enum(['indented', 'compact', 'csv']).default('indented'),
    sortKeys: z.boolean().default(false),
  }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  handler({ json, form, sortKeys }) {
    const value: unknown = JSON.parse(json, sortKeys ? withSortedKeys : undefined)
    if (form === 'csv') return toCsv(value)
    return JSON.stringify(value, null, form === 'indented' ? 2 : 0)
  },
})

function withSortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function toCsv(value: unknown): string {
  const rows = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))).safeParse(value)
  if (!rows.success) throw new Error('CSV needs a list of flat objects, such as [{"a": 1, "b": "x"}].')
  const columns = [...new Set(rows.data.flatMap(Object.keys))]
  const lines = [columns, ...rows.data.map((row) => columns.map((column) => row[column] ?? ''))]
  return lines.map((cells) => cells.map((cell) => quote(String(cell))).join(',')).join('\n')
}

const quote = (cell: string) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
