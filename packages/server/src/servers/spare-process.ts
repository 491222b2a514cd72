import type { ServerProcess } from './server-connection.ts'

/** One process started ahead, so that the next client that needs its own does not wait for a start. */
export class SpareProcess {
  readonly #spawn: () => ServerProcess
  #kept: ServerProcess | undefined

  constructor(spawn: () => ServerProcess) {
    this.#spawn = spawn
  }

  /** Starts one when there is none. One that ends by itself is not replaced: the server may not bear waiting. */
  keep(): void {
    if (this.#kept !== undefined) return
    let spare: ServerProcess
    try {
      spare = this.#spawn()
    } catch {
      return // whoever needs the next process is told why there is none
    }
    this.#kept = spare
    void spare.gone.then(() => {
      if (this.#kept === spare) this.#kept = undefined
    })
  }

  take(): ServerProcess | undefined {
    const spare = this.#kept
    this.#kept = undefined
    return spare?.isClosed ? undefined : spare
  }

  /** Resolves when its process is gone. */
  async close(): Promise<void> {
    await this.#kept?.stop()
  }
}
