import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { CHECKS, type CheckName, PAGE_SIZE } from './checks.ts'
import { COLUMNS, describeTable } from './table.ts'

const NAMESPACE = 'clients'
const LATER = "import { defineTool } from 'tooldock'\nexport const later = defineTool({ description: 'Came later.', handler: () => 'late' })\n"

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ namespaces: { [NAMESPACE]: `${import.meta.dirname}/namespace` }, env: { LIST_PAGE_MAX: String(PAGE_SIZE) } })
}, 60_000)
afterAll(async () => {
  try {
    await gateway?.stop()
  } finally {
    await gateway?.dispose()
  }
})

// The mode that the table of external servers leaves to this one, and the other way round.
const columns = COLUMNS.filter(({ kind }) => kind.name !== 'Inspector, modern')
describeTable(columns, () => ({
  gateway,
  namespace: NAMESPACE,
  serverName: `tooldock/${NAMESPACE}`,
  async setLater(_client, there) {
    if (there) gateway.write(NAMESPACE, { 'later.ts': LATER })
    else gateway.remove(NAMESPACE, 'later.ts')
    expect((await gateway.reload(NAMESPACE)).status).toBe(200)
  },
}))

test('no row of the table is left out by every client of a kind', () => {
  const everywhere = (Object.keys(CHECKS) as CheckName[]).filter((name) => COLUMNS.filter(({ notApplicable }) => notApplicable[name] === undefined).length < 2)
  expect(everywhere).toEqual([])
})
