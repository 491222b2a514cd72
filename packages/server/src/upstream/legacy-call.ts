import { OpenCall } from './open-call.ts'
import { Questions } from './questions.ts'
import type { UpstreamResult } from './upstream.ts'

/** A call under way in a legacy server. While its caller looks for answers it is parked: settled for the caller, open here. */
export class LegacyCall extends OpenCall {
  readonly questions = new Questions()
  /** Runs from the first question of a round: those that are asked side by side are shown together. */
  gathering: NodeJS.Timeout | undefined
  /** What its caller must send to go on, while it is parked. */
  state: string | undefined
  /** Tells its caller not to look for answers any longer. */
  settle: () => void = () => {}
  /** How it ended while it was parked. */
  ended: UpstreamResult | Error | undefined
  /** Was it sent again after the server forgot our session? */
  isResent = false

  /** A legacy caller looks for answers with the stream of its call open; a modern one has none until it comes back. */
  override get canHear(): boolean {
    return !this.isSettled || (this.state !== undefined && this.call.era === 'legacy')
  }

  /** May the server still ask something for it? */
  get isAsking(): boolean {
    return this.exchange !== undefined && this.ended === undefined && this.call.method !== 'completion/complete'
  }
}
