import type { Backlog } from './batch-writer.ts'
import type { CallRecord } from './call-record.ts'
import type { CallCount } from './calls.types.ts'
import { bucketOf } from './duration-buckets.ts'
import { nameOf } from './label-names.ts'

const MINUTE_MS = 60_000
const OTHER = '_other'

type Count = { -readonly [K in keyof CallCount]: CallCount[K] }

/**
 * Calls counted by the minute until they are written. Bounded: when as many different counts wait as `max`, further names
 * are counted together as `_other`, and when that is not enough, dropped.
 */
export class CallCounts implements Backlog<CallCount> {
  readonly #max: number
  #counts = new Map<string, Count>()
  #dropped = 0

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#counts.size
  }

  get dropped(): number {
    return this.#dropped
  }

  add(call: CallRecord, endedAtMs: number): void {
    const { namespace, name } = nameOf(call)
    const minuteMs = endedAtMs - (endedAtMs % MINUTE_MS)
    const bucket = bucketOf(call.durationMs)
    if (this.#count(call, minuteMs, bucket, namespace, name, this.#max)) return
    if (!this.#count(call, minuteMs, bucket, OTHER, OTHER, this.#max * 2)) this.#dropped++
  }

  take(max: number): readonly CallCount[] {
    const taken: CallCount[] = []
    for (const [key, count] of this.#counts) {
      if (taken.length === max) break
      taken.push(count)
      this.#counts.delete(key)
    }
    return taken
  }

  #count({ method, protocol, principal, outcome }: CallRecord, minuteMs: number, bucket: number, namespace: string, name: string, max: number): boolean {
    const key = `${minuteMs}\n${bucket}\n${namespace}\n${name}\n${method}\n${protocol}\n${principal}\n${outcome}`
    const known = this.#counts.get(key)
    if (known !== undefined) known.count++
    else if (this.#counts.size < max) this.#counts.set(key, { minuteMs, namespace, method, name, protocol, principal, outcome, bucket, count: 1 })
    else return false
    return true
  }
}
