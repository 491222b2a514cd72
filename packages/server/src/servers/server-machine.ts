import type { RestartPolicy, ServerState } from './server.types.ts'

/** The life of one server as plain data: what happens to it is decided here, and done by its supervisor. */
export interface Machine {
  readonly state: ServerState
  /** Why it is in this state, for a person; undefined when there is nothing to say. */
  readonly reason: string | undefined
  /** Milliseconds since the epoch. */
  readonly since: number
  /** In a row: crashes and failed starts since it last ran long enough. */
  readonly failures: number
  /** Starts that nobody asked for. */
  readonly restarts: number
  /** When the next start is tried; while `backing_off`. */
  readonly retryAt: number | undefined
  /** A person waits for the start under way: when it fails, that is the answer. */
  readonly isAsked: boolean
}

export type MachineEvent =
  | { readonly type: 'install' }
  | { readonly type: 'installed' }
  | { readonly type: 'installFailed'; readonly reason: string }
  /** `person` wants an answer; `boot` and `call` (of an idle server) want it to run some time. */
  | { readonly type: 'start'; readonly by: 'person' | 'boot' | 'call' }
  | { readonly type: 'retry' }
  | { readonly type: 'answered' }
  /** `isFinal`: it would fail again whenever it is tried. */
  | { readonly type: 'startFailed'; readonly reason: string; readonly isFinal: boolean }
  /**
   * It ended although nobody wanted that. `isClean`: with exit code 0 and nothing under way. `isRemote`: only the
   * connection did, which servers may close as they like: it is opened again at once, unless that happens too often.
   */
  | { readonly type: 'ended'; readonly reason: string; readonly isClean: boolean; readonly isRemote: boolean }
  | { readonly type: 'unhealthy'; readonly reason: string }
  | { readonly type: 'healthy' }
  /** It has run long enough for earlier failures to be forgotten. */
  | { readonly type: 'stable' }
  | { readonly type: 'unused' }
  | { readonly type: 'stop' }

export type Effect =
  | { readonly type: 'launch' }
  /** End whatever runs or is on its way. */
  | { readonly type: 'end' }
  | { readonly type: 'retryLater'; readonly afterMs: number }
  | { readonly type: 'alert' }

export interface MachineRules {
  readonly restart: RestartPolicy
  readonly failuresMax: number
  readonly delayMs: number
  readonly delayMaxMs: number
}

export interface Step {
  readonly machine: Machine
  readonly effects: readonly Effect[]
}

export function createMachine(now: number): Machine {
  return { state: 'stopped', reason: undefined, since: now, failures: 0, restarts: 0, retryAt: undefined, isAsked: false }
}

/** What an event does to a server. An event that does not fit the state (it was overtaken by another) changes nothing. */
export function transition(machine: Machine, event: MachineEvent, rules: MachineRules, now: number): Step {
  const { state } = machine
  const isUp = state === 'running' || state === 'degraded'
  const stay: Step = { machine, effects: [] }
  switch (event.type) {
    case 'install':
      return isUp || state === 'installing' ? stay : to(machine, now, 'installing', [{ type: 'end' }])
    case 'installed':
      return state === 'installing' ? to(machine, now, 'stopped') : stay
    case 'installFailed':
      return state === 'installing' ? to(machine, now, 'failed', [{ type: 'alert' }], { reason: event.reason }) : stay
    case 'start':
      if (isUp || state === 'starting' || state === 'installing') return stay
      return event.by === 'person'
        ? to(machine, now, 'starting', [{ type: 'launch' }], { isAsked: true, failures: 0 })
        : to(machine, now, 'starting', [{ type: 'launch' }])
    case 'retry':
      return state === 'backing_off' ? to(machine, now, 'starting', [{ type: 'launch' }], { restarts: machine.restarts + 1 }) : stay
    case 'answered':
      return state === 'starting' ? to(machine, now, 'running') : stay
    case 'startFailed':
      if (state !== 'starting') return stay
      if (machine.isAsked || event.isFinal) return to(machine, now, 'failed', [{ type: 'alert' }], { reason: event.reason, failures: machine.failures + 1 })
      return afterFailure(machine, event.reason, rules, now)
    case 'ended':
      if (!isUp) return stay
      if (event.isRemote && machine.failures === 0)
        return to(machine, now, 'starting', [{ type: 'launch' }], { reason: event.reason, failures: 1, restarts: machine.restarts + 1 })
      if (!event.isClean || rules.restart === 'always') return afterFailure(machine, event.reason, rules, now)
      // When idle its lists stay, and the next call starts it again.
      return to(machine, now, rules.restart === 'never' ? 'stopped' : 'idle', [], { reason: event.reason })
    case 'unhealthy':
      if (state === 'running') return to(machine, now, 'degraded', [], { reason: event.reason })
      if (state !== 'degraded') return stay
      return withEffect({ type: 'end' }, afterFailure(machine, event.reason, rules, now))
    case 'healthy':
      return state === 'degraded' ? to(machine, now, 'running') : stay
    case 'stable':
      return isUp ? { machine: { ...machine, failures: 0 }, effects: [] } : stay
    case 'unused':
      return state === 'running' ? to(machine, now, 'idle', [{ type: 'end' }], { reason: 'it was not used' }) : stay
    case 'stop':
      return to(machine, now, 'stopped', [{ type: 'end' }], { failures: 0 })
  }
}

function afterFailure(machine: Machine, reason: string, rules: MachineRules, now: number): Step {
  const failures = machine.failures + 1
  if (rules.restart === 'never') return to(machine, now, 'failed', [{ type: 'alert' }], { reason, failures })
  if (failures >= rules.failuresMax)
    return to(machine, now, 'failed', [{ type: 'alert' }], { reason: `${reason}; it failed ${failures} times in a row and is not started again`, failures })
  const afterMs = Math.min(rules.delayMs * 2 ** (failures - 1), rules.delayMaxMs)
  return to(machine, now, 'backing_off', [{ type: 'retryLater', afterMs }], { reason, failures, retryAt: now + afterMs })
}

function to(machine: Machine, now: number, state: ServerState, effects: readonly Effect[] = [], change: Partial<Machine> = {}): Step {
  const { failures, restarts } = machine
  return { machine: { reason: undefined, retryAt: undefined, isAsked: false, failures, restarts, ...change, state, since: now }, effects }
}

function withEffect(effect: Effect, { machine, effects }: Step): Step {
  return { machine, effects: [effect, ...effects] }
}
