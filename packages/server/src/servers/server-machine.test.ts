import { describe, expect, it } from 'vitest'
import { createMachine, type Effect, type Machine, type MachineEvent, type MachineRules, transition } from './server-machine.ts'

const RULES: MachineRules = { restart: 'on-failure', failuresMax: 5, delayMs: 1000, delayMaxMs: 60_000 }
const crash: MachineEvent = { type: 'ended', reason: 'it was ended by SIGKILL', isClean: false, isRemote: false }

/** The machine after these events, one second apart, and everything it asked for. */
function after(events: readonly MachineEvent[], rules: MachineRules = RULES, from: Machine = createMachine(0)): { machine: Machine; effects: Effect[] } {
  let machine = from
  const effects: Effect[] = []
  events.forEach((event, second) => {
    const step = transition(machine, event, rules, second * 1000)
    machine = step.machine
    effects.push(...step.effects)
  })
  return { machine, effects }
}

const started: readonly MachineEvent[] = [{ type: 'start', by: 'boot' }, { type: 'answered' }]
const delays = (effects: readonly Effect[]): number[] => effects.flatMap((effect) => (effect.type === 'retryLater' ? [effect.afterMs] : []))

it('runs when the start was answered', () => {
  expect(after([{ type: 'start', by: 'person' }]).machine.state).toBe('starting')
  expect(after(started).machine).toMatchObject({ state: 'running', restarts: 0, failures: 0 })
})

it('a start that a person waits for fails at once; one that nobody waits for is tried again', () => {
  const failure: MachineEvent = { type: 'startFailed', reason: 'it exited with code 1', isFinal: false }
  expect(after([{ type: 'start', by: 'person' }, failure]).machine).toMatchObject({ state: 'failed', reason: 'it exited with code 1' })
  expect(after([{ type: 'start', by: 'boot' }, failure]).machine).toMatchObject({ state: 'backing_off', retryAt: 2000 })
  expect(
    after([
      { type: 'start', by: 'boot' },
      { ...failure, isFinal: true },
    ]).machine.state,
  ).toBe('failed')
})

it('waits 1, 2, 4 … 60 s between restarts, and has failed with an alert after the last allowed failure', () => {
  const crashes = Array.from({ length: 9 }, () => [crash, { type: 'retry' }, { type: 'answered' }] as const).flat()
  const many = after([...started, ...crashes], { ...RULES, failuresMax: 9 })
  expect(delays(many.effects)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  const five = after([...started, ...crashes])
  expect(five.machine).toMatchObject({ state: 'failed', failures: 5, restarts: 4 })
  expect(five.machine.reason).toMatch(/SIGKILL.*5 times in a row/)
  expect(five.effects.filter(({ type }) => type === 'alert')).toHaveLength(1)
})

it('opens the connection to a remote server again at once, and waits when that happens often', () => {
  const lost: MachineEvent = { type: 'ended', reason: 'the session is lost', isClean: false, isRemote: true }
  expect(after([...started, lost]).machine).toMatchObject({ state: 'starting', restarts: 1 })
  expect(after([...started, lost, { type: 'answered' }, lost]).machine.state).toBe('backing_off')
})

it('forgets failures when it ran long enough', () => {
  const { effects } = after([...started, crash, { type: 'retry' }, { type: 'answered' }, { type: 'stable' }, crash])
  expect(delays(effects)).toEqual([1000, 1000])
})

describe('a stop by a person', () => {
  const late: readonly MachineEvent[] = [
    { type: 'retry' },
    { type: 'answered' },
    crash,
    { type: 'startFailed', reason: 'late', isFinal: false },
    { type: 'unhealthy', reason: 'late' },
  ]
  it('is never undone by what was under way', () => {
    for (const before of [[], started, [...started, crash], [{ type: 'start', by: 'boot' }]] as const)
      expect(after([...before, { type: 'stop' }, ...late]).machine).toMatchObject({ state: 'stopped', failures: 0 })
  })
  it('ends what runs or is on its way', () => {
    expect(after([{ type: 'start', by: 'boot' }, { type: 'stop' }]).effects.at(-1)).toEqual({ type: 'end' })
  })
})

it('restarts as its policy says: never, on failure, or after a clean end too', () => {
  const clean: MachineEvent = { ...crash, reason: 'it exited with code 0', isClean: true }
  expect(after([...started, crash], { ...RULES, restart: 'never' }).machine.state).toBe('failed')
  expect(after([...started, clean]).machine).toMatchObject({ state: 'idle', reason: 'it exited with code 0' })
  expect(after([...started, clean], { ...RULES, restart: 'never' }).machine.state).toBe('stopped')
  expect(after([...started, clean], { ...RULES, restart: 'always' }).machine.state).toBe('backing_off')
})

it('one that does not answer is degraded, well again when it answers, and ended and started anew when it stays silent', () => {
  const silent: MachineEvent = { type: 'unhealthy', reason: 'it does not answer' }
  expect(after([...started, silent]).machine.state).toBe('degraded')
  expect(after([...started, silent, { type: 'healthy' }]).machine).toMatchObject({ state: 'running', reason: undefined })
  const replaced = after([...started, silent, silent])
  expect(replaced.machine.state).toBe('backing_off')
  expect(replaced.effects.map(({ type }) => type)).toEqual(['launch', 'end', 'retryLater'])
})

it('stops when it is not used, and starts again for a call', () => {
  expect(after([...started, { type: 'unused' }]).machine.state).toBe('idle')
  expect(after([...started, { type: 'unused' }, { type: 'start', by: 'call' }]).machine.state).toBe('starting')
})

it('installs only while it does not run, and says why it could not', () => {
  expect(after([...started, { type: 'install' }]).machine.state).toBe('running')
  expect(after([{ type: 'install' }, { type: 'start', by: 'person' }]).machine.state).toBe('installing')
  expect(after([{ type: 'install' }, { type: 'installFailed', reason: 'no such package' }]).machine).toMatchObject({
    state: 'failed',
    reason: 'no such package',
  })
  expect(after([{ type: 'install' }, { type: 'stop' }, { type: 'installed' }]).machine.state).toBe('stopped')
})
