import { readdirSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type Gateway, type HttpReply, makeDataDir, startGateway } from '../system/gateway.ts'
import { processesNaming } from '../system/processes.ts'
import { until } from '../system/until.ts'
import { createRandom, type Random } from './_random.ts'
import { type AdminState, stateOf } from './admin-state.ts'
import { type AdminWrite, randomWrite, toolFile } from './admin-writes.ts'
import { anySeed, roundsOr } from './bounds.ts'
import { note } from './figures.ts'

const ROUNDS = roundsOr(3)
/** What a write takes here before one of its kind has been timed. */
const FIRST_GUESS_MS = 300
/** Other tests load the machine too. */
const START_MS = 120_000

let gateway: Gateway
const closing: (() => void)[] = []
const dataDir = makeDataDir()
afterEach(async () => {
  await gateway?.dispose()
  rmSync(dataDir, { recursive: true, force: true })
})

const files = Object.fromEntries(['one', 'two', 'three'].map((name) => [`${name}.ts`, toolFile(name, `tool ${name}`)]))

/** Names below the data directory that say "not finished". */
function unfinished(): string[] {
  return readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.tmp$|\/\.(edit|removed|new)-/.test(path) && !path.includes('node_modules'),
  )
}

interface Fate {
  /** Undefined: it was killed before it had answered. */
  readonly reply: HttpReply | undefined
  readonly tookMs: number
}

/**
 * When to kill: some time after the write was sent, or after the first change of a file in the folder. The second is
 * the moment most can go wrong in, and too short to be met by chance.
 */
type Moment = { readonly afterMs: number } | { readonly afterChangeMs: number }

function momentOf(random: Random, usualMs: number): Moment {
  return random.chance(0.5) ? { afterMs: random.int(1200) * (usualMs / 1000) } : { afterChangeMs: random.int(300) / 10 }
}

async function reached(moment: Moment): Promise<void> {
  if ('afterMs' in moment) return pause(moment.afterMs)
  await new Promise((resolve) => {
    const watcher = watch(join(dataDir, 'tools'), { recursive: true }, resolve)
    closing.push(() => watcher.close())
  })
  return pause(moment.afterChangeMs)
}

/** Sends the write and kills the gateway at `moment`, or with its answer. */
async function sendAndKill(write: AdminWrite, moment: Moment): Promise<Fate> {
  const reaching = reached(moment)
  const begin = performance.now()
  let reply: HttpReply | undefined
  const sent = write.send(gateway).then(
    (answer) => {
      reply = answer
    },
    () => undefined, // Cut off, as it was meant to be.
  )
  await Promise.race([sent, reaching])
  const tookMs = performance.now() - begin
  await gateway.killHard()
  await sent
  for (const close of closing.splice(0)) close()
  return { reply, tookMs }
}

/** Of the state that nobody can have: what is in neither. */
function thirdState(found: AdminState, old: AdminState, next: AdminState): string {
  const parts = (Object.keys(found) as (keyof AdminState)[]).filter(
    (part) => ![old, next].some((state) => JSON.stringify(state[part]) === JSON.stringify(found[part])),
  )
  return JSON.stringify(Object.fromEntries(parts.map((part) => [part, { found: found[part], old: old[part], next: next[part] }])))
}

const same = (one: AdminState, other: AdminState): boolean => {
  try {
    expect(one).toEqual(other)
    return true
  } catch {
    // They differ.
    return false
  }
}

async function round(
  state: AdminState,
  random: Random,
  durations: Map<string, number>,
): Promise<{ state: AdminState; what: string; outcome: 'old' | 'new' | 'acknowledged' }> {
  const write = randomWrite(state, random)
  const usual = durations.get(write.what) ?? FIRST_GUESS_MS
  const { reply, tookMs } = await sendAndKill(write, momentOf(random, usual))
  if (reply !== undefined) {
    if (reply.status >= 300) throw new Error(`"${write.what}" was answered ${reply.status} ${reply.text}`)
    durations.set(write.what, tookMs)
  }
  await until('what the killed one had started to end', () => processesNaming(dataDir).length === 0)
  gateway = await startGateway({ dataDir, env: { BEARER_TOKEN: gateway.token }, readyTimeoutMs: START_MS })
  const found = await stateOf(gateway)
  const isNew = same(found, write.after)
  if (!isNew && (reply !== undefined || !same(found, state)))
    throw new Error(
      `after "${write.what}"${reply === undefined ? '' : ', which was answered,'} killed after ${tookMs} ms: ${thirdState(found, state, write.after)}`,
    )
  await until(`nothing unfinished to be left of "${write.what}"`, () => unfinished().length === 0, 5_000).catch((error: Error) => {
    throw new Error(`${error.message}: ${unfinished()}`)
  })
  return { state: found, what: write.what, outcome: reply !== undefined ? 'acknowledged' : isNew ? 'new' : 'old' }
}

test('every change of an administrator that is killed at a random instant has happened or has not', { timeout: 60_000 + ROUNDS * 60_000 }, async () => {
  const random = createRandom(anySeed())
  const outcomes = { old: 0, new: 0, acknowledged: 0 }
  const durations = new Map<string, number>()
  gateway = await startGateway({ dataDir, namespaces: { demo: files }, readyTimeoutMs: START_MS })
  let state = await stateOf(gateway)
  for (let index = 0; index < ROUNDS; index++) {
    try {
      const done = await round(state, random, durations)
      state = done.state
      outcomes[done.outcome]++
    } catch (error) {
      throw new Error(`FAULTS_SEED=${random.seed} FAULTS_ROUNDS=${index + 1}: ${(error as Error).message}`, { cause: error })
    }
  }
  note('Changes killed at a random instant', {
    tried: ROUNDS,
    'answered, and there': outcomes.acknowledged,
    'not answered, and there as a whole': outcomes.new,
    'not answered, and not there at all': outcomes.old,
    'anything else': 0,
  })
})
