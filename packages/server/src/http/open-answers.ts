import type { ServerResponse } from 'node:http'

/** The answers under way for what can be taken back: keys and sign-ins. */
export interface OpenAnswers {
  add(credential: string, response: ServerResponse): void
  /** Cuts every connection that still waits for, or is being sent, an answer for this credential. */
  cut(credential: string): void
}

export function createOpenAnswers(): OpenAnswers {
  const open = new Map<string, Set<ServerResponse>>()
  return {
    add(credential, response) {
      let responses = open.get(credential)
      if (responses === undefined) open.set(credential, (responses = new Set()))
      const added = responses.add(response)
      response.once('close', () => {
        added.delete(response)
        if (added.size === 0 && open.get(credential) === added) open.delete(credential)
      })
    },
    cut(credential) {
      for (const response of open.get(credential) ?? []) response.destroy()
    },
  }
}
