import { ToolDockError } from '../../errors/tooldock-error.ts'
import { type CompleteResult, type InputRequired, RefusedInput, type RunningCall } from '../../upstream/upstream.ts'
import type { CallRequest, Calls } from '../calls.ts'
import { requireCapabilities } from '../client-input.ts'
import type { Params, RequestId } from '../json-rpc.ts'
import type { Outlet, Session } from './session.ts'

type Question = InputRequired['inputRequests'][string]

/** Rounds of questions one call may take. */
const ROUNDS_MAX = 50

/**
 * Runs a call for a client that knows real requests from server to client: each `input_required` becomes elicitation,
 * sampling and roots requests on the call's own stream, and the answers a retry, until the call is complete.
 */
export async function runWithQuestions(
  calls: Calls,
  request: CallRequest,
  id: RequestId,
  session: Session | undefined,
  outlet: Outlet,
): Promise<CompleteResult> {
  const call = new QuestionedCall()
  session?.running.set(id, call)
  try {
    let params = request.params
    for (let round = 0; round < ROUNDS_MAX; round++) {
      call.running = calls.start({ ...request, params })
      const ended = await call.running.result
      if (ended.kind === 'complete') return ended
      const { requestState, settled } = ended
      const answers = ask(ended, request, session, outlet)
      const inputResponses = await call
        .unlessCancelled(settled === undefined ? answers : Promise.race([answers, settled.then(() => ({}))]))
        .catch((error: unknown) => {
          if (requestState !== undefined) calls.abandon(request.view, request.method, request.params, requestState)
          throw error
        })
      params = { ...request.params, inputResponses, ...(requestState === undefined ? {} : { requestState }) }
    }
    throw new ToolDockError('tool_error', `The tool asked its caller more than ${ROUNDS_MAX} times.`)
  } finally {
    if (session?.running.get(id) === call) session.running.delete(id)
  }
}

/** One call over all its rounds, as its client may cancel it: while it runs and while a question is open. */
class QuestionedCall {
  running: RunningCall | undefined
  #reject: ((error: Error) => void) | undefined

  cancel(reason: string): void {
    this.running?.cancel(reason)
    this.#reject?.(new ToolDockError('cancelled', reason))
  }

  unlessCancelled<T>(answers: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject
      answers.then(resolve, reject)
    })
  }
}

async function ask(input: InputRequired, request: CallRequest, session: Session | undefined, outlet: Outlet): Promise<Record<string, unknown>> {
  requireCapabilities(input, request.clientCapabilities)
  const questions = Object.entries(input.inputRequests)
  if (session === undefined && questions.length > 0)
    throw new ToolDockError('input_unsupported', 'The call asks its caller for input, which needs a session: send initialize first.')
  const answers = await Promise.all(questions.map(async ([key, question]) => [key, session && (await askOne(key, question, input, session, outlet))] as const))
  return Object.fromEntries(answers)
}

/** A server that can be told so learns of the client's refusal, as if it had asked the client itself. */
async function askOne(key: string, { method, params }: Question, { dialogue }: InputRequired, session: Session, outlet: Outlet): Promise<unknown> {
  try {
    return await session.ask(outlet, method, questionParams(params, session), dialogue && ((said) => dialogue.progress(key, said)))
  } catch (error) {
    if (dialogue !== undefined && error instanceof ToolDockError && error.cause instanceof RefusedInput) return error.cause
    throw error
  }
}

/** Before 2025-11-25 elicitation had no modes. */
function questionParams(params: Params | undefined, session: Session): Params | undefined {
  if (params === undefined || session.version === '2025-11-25' || params.mode !== 'form') return params
  const { mode: _form, ...rest } = params
  return rest
}
