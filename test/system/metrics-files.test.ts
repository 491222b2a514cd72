import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ATTENTION_KINDS } from '../../packages/server/src/admin/attention/attention.types.ts'
import { requireOrSkip } from '../skips.ts'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { modern } from './mcp-http.ts'
import { until } from './until.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const RULES = read('deploy/prometheus/alerts.yml')
const DASHBOARD = read('deploy/grafana/tooldock.json')
const RUNBOOK = read('docs/operating/runbook.md')
const headings = new Set([...RUNBOOK.matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name))
/** Made by the scraper, and there only with TLS. */
const NOT_OURS = new Set(['up', 'tooldock_certificate_expires_seconds'])

let gateway: Gateway
let text: string
beforeAll(async () => {
  gateway = await startGateway({ namespaces: { demo: ECHO }, readyTimeoutMs: 100_000 })
  await gateway.rest('demo', 'echo', { text: 'x' })
  for (const name of ['made-up-1', 'made-up-2']) {
    await gateway.rest('demo', name)
    await gateway.rest(name, 'echo')
    await modern(gateway, '/mcp', 'resources/read', { uri: `made-up://${name}` })
  }
  text = await until('metrics of the calls', async () => {
    const answer = (await gateway.http('/metrics')).text
    return answer.includes('outcome="ok"') && answer
  })
}, 120_000)
afterAll(() => gateway?.dispose())

/** The names of metrics in an expression: words that are no function, keyword, label or text. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, '')
    .replaceAll(/label_values\(([^,]+),[^)]*\)/g, '$1')
  return [...bare.matchAll(/[a-z_][a-z0-9_]*(?!\w*\s*\()/gi)].map(([word]) => word).filter((word) => !/^(and|or|unless|bool|by)$/.test(word))
}

const exported = (): Set<string> =>
  new Set(
    [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )

test('every metric that a rule or a panel uses is one of a real gateway', () => {
  const rules = [...RULES.matchAll(/^ {8}expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)/gm)].map(([, folded, plain]) => folded ?? plain ?? '')
  const panels = [...DASHBOARD.matchAll(/"(?:expr|query)": ("(?:[^"\\]|\\.)*")/g)]
    .map(([, quoted = '""']) => JSON.parse(quoted) as string)
    .filter((query) => query !== 'prometheus')
  expect(rules.length).toBe(RULES.split('- alert:').length - 1)
  expect(panels.length).toBeGreaterThan(20)
  const used = new Set([...rules, ...panels].flatMap(metricsIn))
  expect(used.size).toBeGreaterThan(15)
  expect([...used].filter((name) => !exported().has(name) && !NOT_OURS.has(name))).toEqual([])
})

test('each rule, and each kind of what needs a person, has an entry in the runbook, and a rule asks for kinds that exist', () => {
  const links = [...RULES.matchAll(/runbook: docs\/operating\/runbook\.md#(\w+)$/gm)].map(([, name = '']) => name)
  expect(links.length).toBe(RULES.split('- alert:').length - 1)
  expect([...links, ...ATTENTION_KINDS].filter((name) => !headings.has(name))).toEqual([])
  const kinds = [...RULES.matchAll(/kind="(\w+)"/g)].map(([, kind = '']) => kind)
  expect(kinds.filter((kind) => !(ATTENTION_KINDS as readonly string[]).includes(kind))).toEqual([])
  for (const kind of ATTENTION_KINDS) expect(text).toContain(`tooldock_attention{kind="${kind}"} `)
  for (const entry of RUNBOOK.split(/^## /m).slice(1)) expect(entry).toMatch(/\*\*Means:\*\*[\s\S]+\*\*Look at:\*\*[\s\S]+\*\*Do:\*\*/)
})

test('the page of metrics lists those that there are, with their types and labels', () => {
  const page = read('docs/operating/logs-and-metrics.md')
  const documented = new Map(
    [...page.matchAll(/^\| `(tooldock_\w+)` \| (\w+) \|([^|]*)\|/gm)].map(([, name = '', type, labels = '']) => [name, `${type} ${labels.trim()}`]),
  )
  const real = new Map(
    [...text.matchAll(/^# TYPE (tooldock_\S+) (\w+)$/gm)].map(([, name = '', type]) => {
      const sample = new RegExp(`^${name}(?:_bucket)?\\{(.*)\\}`, 'm').exec(text)?.[1] ?? ''
      const labels = [...sample.matchAll(/(\w+)="/g)].map(([, label = '']) => label).filter((label) => label !== 'le')
      return [name, `${type} ${labels.join(', ')}`]
    }),
  )
  for (const name of NOT_OURS) documented.delete(name)
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries([...real].map(([name, words]) => [name, words])))
})

test('what callers make up is no label', () => {
  expect(text).not.toContain('made-up')
  expect(text).toContain('namespace="demo",name="_unknown"')
})

test('promtool finds nothing wrong with the rules and the metrics', requireOrSkip('promtool'), () => {
  const promtool = (args: readonly string[], input?: string) => spawnSync('promtool', args, { encoding: 'utf8', ...(input === undefined ? {} : { input }) })
  const rules = promtool(['check', 'rules', join(ROOT, 'deploy/prometheus/alerts.yml')])
  expect(`${rules.stdout}${rules.stderr}`).toContain('SUCCESS')
  // Those of the process are prom-client's to name.
  const own = text.split('\n').filter((line) => line.includes('tooldock_'))
  const metrics = promtool(['check', 'metrics'], `${own.join('\n')}\n`)
  expect([metrics.status, metrics.stderr]).toEqual([0, ''])
})
