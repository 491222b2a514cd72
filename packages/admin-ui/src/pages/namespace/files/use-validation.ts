import { useEffect, useState } from 'react'
import { postNamespacesNsValidate } from '../../../api/generated/sdk.gen.ts'
import type { LoadProblem } from '../../../api/generated/types.gen.ts'
import { type Copies, isDirty } from './working-copy.ts'

export interface ValidationState {
  readonly problems: readonly LoadProblem[]
  readonly isChecking: boolean
  /** Why it could not be checked, which keeps nobody from writing. */
  readonly error: unknown
}

/** After the last key, in milliseconds. */
const delayMs = 700
const nothing: ValidationState = { problems: [], isChecking: false, error: null }

/** Loads the folder with what is being edited, in a sandboxed worker at the gateway, a moment after the last key. */
export function useValidation(namespace: string, copies: Copies): ValidationState {
  const [state, setState] = useState(nothing)
  const changed = [...copies.values()].filter(isDirty).map(({ path, content }) => ({ path, content }))
  const key = JSON.stringify(changed)
  useEffect(() => {
    const files = JSON.parse(key) as { path: string; content: string }[]
    if (files.length === 0) {
      setState(nothing)
      return
    }
    const abort = new AbortController()
    const timer = setTimeout(async () => {
      setState((before) => ({ ...before, isChecking: true }))
      try {
        const { data } = await postNamespacesNsValidate({ path: { ns: namespace }, body: { files }, signal: abort.signal, throwOnError: true })
        setState({ problems: data.problems, isChecking: false, error: null })
      } catch (error) {
        if (!abort.signal.aborted) setState((before) => ({ ...before, isChecking: false, error }))
      }
    }, delayMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [namespace, key])
  return state
}
