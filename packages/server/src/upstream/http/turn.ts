/**
 * Gathers what one turn of the event loop brings and runs it together at its end. Answers that come at the same time are then
 * written to their callers one right after the other: a process that sleeps is woken once for several, which is the
 * dearest part of a small write, and each step is taken for all of them while its code and data are in the caches.
 */
export class Turn {
  #jobs: (() => void)[] = []

  /** Runs `job`, which must not throw, when this turn's input has been read; added by another job, one turn later. */
  add(job: () => void): void {
    if (this.#jobs.push(job) === 1) setImmediate(this.#run)
  }

  readonly #run = () => {
    const jobs = this.#jobs
    this.#jobs = []
    for (const job of jobs) job()
  }
}
