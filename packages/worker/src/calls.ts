import { InputAbandonedError } from '../../sdk/src/errors.ts'
import type { InputRequest } from '../../sdk/src/input.ts'
import { Call, type CallRequest, type CallTable } from './call.ts'
import { INVALID_PARAMS, RpcError } from './rpc-error.ts'
import type { Runtime } from './runtime.ts'

interface Parked {
  readonly call: Call
  readonly timer: NodeJS.Timeout
}

/**
 * The calls of a worker: running ones by request id, parked ones (they wait for their caller's input) by number.
 * A parked call answers its request and lives on until a retry, its own limit, or a cancellation.
 */
export class Calls implements CallTable {
  readonly #runtime: Runtime
  readonly #running = new Map<number, Call>()
  readonly #parked = new Map<string, Parked>()
  /** Outcomes of calls that ended while they were parked: their retry gets them. */
  readonly #outcomes = new WeakMap<Call, string>()
  #parks = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** `target` names what is called, so that a retry cannot resume another call. */
  start(request: CallRequest, target: string): Call {
    const call = new Call(this.#runtime, this, request, target)
    this.#running.set(request.id, call)
    return call
  }

  /** Sends the answer (`"result":…` or `"error":…`) of a call, once. */
  finish(call: Call, member: string): void {
    if (!call.isOpen) {
      this.#outcomes.set(call, member)
      return
    }
    call.close()
    this.#running.delete(call.id)
    this.#runtime.connection.send(`{"jsonrpc":"2.0","id":${call.id},${member}}`)
  }

  park(call: Call, inputRequests: Record<string, InputRequest>): boolean {
    if (this.#parked.size >= this.#runtime.limits.parkedCallsMax) return false
    const state = `parked:${++this.#parks}`
    const timer = setTimeout(() => this.#abandon(state, new InputAbandonedError('expired', `No input came within ${call.parkMs / 1000} s.`)), call.parkMs)
    this.#parked.set(state, { call, timer })
    this.finish(call, `"result":${JSON.stringify({ resultType: 'input_required', inputRequests, requestState: state })}`)
    return true
  }

  /** @throws RpcError when the call is gone or was another one */
  resume(request: CallRequest, state: string, target: string): void {
    const parked = this.#parked.get(state)
    if (parked === undefined) throw new RpcError(INVALID_PARAMS, 'The call that waited for this input has ended: start it again.', { code: 'parked_call_gone' })
    if (parked.call.target !== target) throw new RpcError(INVALID_PARAMS, 'requestState belongs to another request.', { code: 'invalid_request_state' })
    this.#unpark(state, parked)
    const { call } = parked
    this.#running.set(request.id, call)
    call.resume(request)
    const outcome = this.#outcomes.get(call)
    if (outcome !== undefined) this.finish(call, outcome)
  }

  /** `notifications/cancelled`: of a running request, or of a parked call. */
  cancel({ requestId, requestState, reason }: { readonly requestId?: unknown; readonly requestState?: unknown; readonly reason?: unknown }): void {
    const why = new InputAbandonedError('cancelled', typeof reason === 'string' ? `The call was cancelled: ${reason}` : 'The call was cancelled.')
    if (typeof requestState === 'string') this.#abandon(requestState, why)
    const call = this.#running.get(requestId as number)
    if (call === undefined) return
    this.#running.delete(call.id)
    call.end(why)
  }

  #abandon(state: string, reason: InputAbandonedError): void {
    const parked = this.#parked.get(state)
    if (parked === undefined) return
    this.#unpark(state, parked)
    parked.call.end(reason)
  }

  #unpark(state: string, { timer }: Parked): void {
    clearTimeout(timer)
    this.#parked.delete(state)
  }
}
