import type { Gateway } from '../system/gateway.ts'
import { descendantsOf, openFiles } from '../system/processes.ts'
import { until } from '../system/until.ts'

/** Idle connections of the tests themselves are closed soon, so that descriptors can be counted exactly. */
export const CLOSES_IDLE = { CONNECTION_IDLE_SECONDS: '2' }

export interface Footprint {
  readonly processes: number
  readonly files: number
}

/** Asks nothing of the gateway: a question would open a connection. */
export const footprintOf = ({ pid }: Gateway): Footprint => ({ processes: descendantsOf(pid).length, files: openFiles(pid) })

/** Of a gateway that was left alone: waits until nothing changes for longer than idle connections stay. */
export async function settledFootprint(gateway: Gateway): Promise<Footprint> {
  let last = footprintOf(gateway)
  let since = performance.now()
  return until('the gateway to come to rest', () => {
    const now = footprintOf(gateway)
    if (now.files !== last.files || now.processes !== last.processes) {
      last = now
      since = performance.now()
    }
    return performance.now() - since > 2_500 && now
  })
}

/** Waits until it has as many processes and descriptors as before, exactly. @throws with what it has instead */
export async function returnsTo(gateway: Gateway, before: Footprint, timeoutMs = 30_000): Promise<void> {
  const matches = () => {
    const now = footprintOf(gateway)
    return now.processes === before.processes && now.files === before.files
  }
  await until('the footprint of before', matches, timeoutMs).catch((error: Error) => {
    throw new Error(`${error.message} (${JSON.stringify(before)}), not ${JSON.stringify(footprintOf(gateway))}`)
  })
}
