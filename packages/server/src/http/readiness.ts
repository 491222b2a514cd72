/** What the database and the listeners answered is true for so long, so that probes cannot load them. */
const FRESH_MS = 2000
/** A check that has not answered by then has failed. */
const CHECK_TIMEOUT_MS = 1000

/** What a ready server can do; asked for through these. */
export interface ReadinessSources {
  readonly store: { ping(): Promise<void> }
  namespacesLoaded(): boolean
  probeListeners(): Promise<readonly { readonly name: string; readonly answers: boolean }[]>
}

export type CheckState = 'ok' | 'failed'

export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<'store' | 'namespaces' | 'listeners', CheckState>>
  readonly reasons: readonly string[]
}

/** What the database and the listeners lack; undefined: nothing. */
interface Answers {
  readonly store: string | undefined
  readonly listeners: string | undefined
}

/** Can calls be served? Never takes longer than about a second, and asks once however many probes wait. */
export function createReadiness(sources: ReadinessSources): () => Promise<Readiness> {
  let latest: { readonly answers: Promise<Answers>; readonly at: number } | undefined
  return async () => {
    const now = performance.now()
    if (latest === undefined || now - latest.at > FRESH_MS) latest = { answers: ask(sources), at: now }
    const { store, listeners } = await latest.answers
    // Known here at no cost, and so never told late: a start is over when the namespaces are loaded.
    const namespaces = sources.namespacesLoaded() ? undefined : 'the namespaces are not loaded yet'
    const reasons = [store, namespaces, listeners].filter((reason) => reason !== undefined)
    const state = (problem: string | undefined): CheckState => (problem === undefined ? 'ok' : 'failed')
    return { ready: reasons.length === 0, checks: { store: state(store), namespaces: state(namespaces), listeners: state(listeners) }, reasons }
  }
}

async function ask(sources: ReadinessSources): Promise<Answers> {
  const [store, listeners] = await Promise.all([
    problemOf(async () => {
      await sources.store.ping()
      return undefined
    }, 'the database'),
    problemOf(async () => {
      const silent = (await sources.probeListeners()).filter(({ answers }) => !answers)
      return silent.length === 0 ? undefined : `no answer on the listener ${silent.map(({ name }) => name).join(', ')}`
    }, 'a listener'),
  ])
  return { store, listeners }
}

/** What `look` finds wrong, or that it failed or took too long. */
async function problemOf(look: () => Promise<string | undefined>, subject: string): Promise<string | undefined> {
  const late = Promise.withResolvers<string>()
  const timer = setTimeout(() => late.resolve(`${subject} did not answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS)
  try {
    return await Promise.race([look(), late.promise])
  } catch (error) {
    return `${subject} does not answer: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    clearTimeout(timer)
  }
}
