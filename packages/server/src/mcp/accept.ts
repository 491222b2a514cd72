/** What a client can receive, by its Accept header. A missing header accepts everything, as the ancestor's users rely on. */
export interface Accepted {
  readonly json: boolean
  readonly events: boolean
}

const EVERYTHING: Accepted = { json: true, events: true }
const JSON_ONLY: Accepted = { json: true, events: false }
const EVENTS_ONLY: Accepted = { json: false, events: true }
const NOTHING: Accepted = { json: false, events: false }

/** @param accept the Accept header; quality values are not weighed: what is named is accepted */
export function readAccept(accept: string | undefined): Accepted {
  if (accept === undefined || accept.includes('*/*')) return EVERYTHING
  const json = accept.includes('application/json') || accept.includes('application/*')
  const events = accept.includes('text/event-stream') || accept.includes('text/*')
  return json ? (events ? EVERYTHING : JSON_ONLY) : events ? EVENTS_ONLY : NOTHING
}
