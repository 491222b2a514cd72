/** The database, not the statement, is the trouble: unreachable, locked for too long, full, … `message` says why, without secrets. */
export class DatabaseTrouble extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'DatabaseTrouble'
  }
}
