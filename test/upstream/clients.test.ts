import { afterAll, beforeAll, describe } from 'vitest'
import { PAGE_SIZE } from '../clients/checks.ts'
import { COLUMNS, describeTable } from '../clients/table.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import type { Era } from './fixture/serving.ts'
import { type HttpFixture, startHttpFixture, stdioFixture } from './fixture-process.ts'
import { addServer, PATIENT } from './servers.ts'

const UPSTREAMS: readonly { readonly over: 'HTTP' | 'stdio'; readonly era: Era }[] = [
  { over: 'HTTP', era: 'dual' },
  { over: 'stdio', era: 'dual' },
  { over: 'HTTP', era: 'modern' },
  { over: 'stdio', era: 'modern' },
  { over: 'HTTP', era: 'legacy' },
  { over: 'stdio', era: 'legacy' },
]

/** The Inspector starts a process for each call: it takes the table once for each transport; its other modes take that of a namespace. */
const columnsFor = (era: Era) => COLUMNS.filter(({ kind }) => !kind.name.startsWith('Inspector') || (era === 'dual' && kind.name === 'Inspector, modern'))

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ env: { ...PATIENT, LIST_PAGE_MAX: String(PAGE_SIZE) } })
}, 60_000)
afterAll(async () => {
  try {
    await gateway?.stop()
  } finally {
    await gateway?.dispose()
  }
})

// Each is a server of its own, so they take the table side by side.
describe.concurrent.each(UPSTREAMS)('a $era server over $over', ({ over, era }) => {
  const namespace = `${over.toLowerCase()}-${era}`
  let fixture: HttpFixture | undefined
  beforeAll(async () => {
    if (over === 'HTTP') fixture = await startHttpFixture({ era, offer: 'clients' })
    await addServer(gateway, namespace, fixture === undefined ? stdioFixture({ era, offer: 'clients' }) : { kind: 'remote', url: fixture.url })
  }, 120_000)
  afterAll(() => fixture?.stop())

  describeTable(columnsFor(era), () => ({
    gateway,
    namespace,
    serverName: 'clients-fixture',
    async setLater(client, there) {
      await client.call('show_later', { there })
    },
  }))
})
