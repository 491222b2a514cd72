import { describe, test } from 'vitest'
import { CHECKS, type CheckName, type Served } from './checks.ts'
import { inspector } from './inspector.ts'
import { sdkV1 } from './sdk-v1.ts'
import { sdkV2 } from './sdk-v2.ts'
import type { Answers, ClientKind } from './test-client.ts'

/** A column: a client, and the rows that cannot apply to it, each with the reason. */
export interface Column {
  readonly kind: ClientKind
  readonly notApplicable: Partial<Record<CheckName, string>>
  /** It keeps nothing from one method to the next: its rows run side by side. */
  readonly isParallel?: boolean
}

const RECOVERS: CheckName = 'recovers from a session that has ended by opening another'
const WITHOUT_SESSIONS = { [RECOVERS]: 'revision 2026-07-28 has no sessions' }
const OVER_SSE = { [RECOVERS]: 'the transport of 2024-11-05 ends its session with its stream' }

const ONE_METHOD = 'the command line runs one method and ends'
const ASKS_NOBODY = 'the command line does not declare that it can answer'
const INSPECTOR: Partial<Record<CheckName, string>> = {
  'connects and learns who serves': 'the command line prints results only; every other row shows that it connects',
  'gets long lists in pages that add up to the whole': 'the command line joins pages itself',
  'completes arguments of a prompt and of a template': 'the command line has no such method',
  'sees every progress message, the last one too, before the result': 'the command line prints results only',
  'gets log lines of the level it asked for and above': 'the command line prints results only',
  "cancels a call: the tool's signal fires": ONE_METHOD,
  'is told that the list of tools changed, and finds it so': ONE_METHOD,
  'is told that a resource it subscribed to changed, and of no other': ONE_METHOD,
  'answers what a tool asks its user': ASKS_NOBODY,
  'answers ten questions of ten calls at once, each its own': ASKS_NOBODY,
  'answers three kinds of question asked side by side': ASKS_NOBODY,
  'answers a question about an answer': ASKS_NOBODY,
  'lets its model answer a tool': ASKS_NOBODY,
  'tells a tool its folders': ASKS_NOBODY,
  'makes fifty calls at once and gets each its own answer': ONE_METHOD,
  [RECOVERS]: ONE_METHOD,
}

export const COLUMNS: readonly Column[] = [
  { kind: sdkV2('SDK v2, legacy', 'legacy'), notApplicable: {} },
  { kind: sdkV2('SDK v2, auto', 'auto'), notApplicable: WITHOUT_SESSIONS },
  { kind: sdkV2('SDK v2, pinned to 2026-07-28', { pin: '2026-07-28' }), notApplicable: WITHOUT_SESSIONS },
  { kind: sdkV1('SDK v1, Streamable HTTP', 'mcp'), notApplicable: {} },
  { kind: sdkV1('SDK v1, HTTP+SSE', 'sse'), notApplicable: OVER_SSE },
  { kind: inspector('Inspector, legacy', 'legacy', 'mcp'), notApplicable: INSPECTOR, isParallel: true },
  { kind: inspector('Inspector, auto', 'auto', 'mcp'), notApplicable: INSPECTOR, isParallel: true },
  { kind: inspector('Inspector, modern', 'modern', 'mcp'), notApplicable: INSPECTOR, isParallel: true },
  { kind: inspector('Inspector, HTTP+SSE', 'legacy', 'sse'), notApplicable: INSPECTOR, isParallel: true },
]

/** Declares the table's tests: every client, every row that applies to it. `served` is asked when they run. */
export function describeTable(columns: readonly Column[], served: () => Served): void {
  for (const { kind, notApplicable, isParallel = false } of columns) {
    const rows = (Object.keys(CHECKS) as CheckName[]).filter((name) => notApplicable[name] === undefined)
    describe(kind.name, { concurrent: isParallel }, () => {
      test.each(rows)('%s', { timeout: 60_000 }, async (name) => {
        const { gateway, namespace } = served()
        const answers: Answers = {}
        const connect = () => kind.connect({ url: gateway.url, namespace, token: gateway.token }, answers)
        const client = await connect()
        try {
          await CHECKS[name](client, { ...served(), answers, connect })
        } finally {
          await client.close()
        }
      })
    })
  }
}
