import { useCallback, useMemo, useState } from 'react'
import type { Tool } from '../../api/generated/types.gen.ts'
import { defaultValue } from '../../ui/schema-form/default-value.ts'
import { isObject } from '../../ui/schema-form/json-schema.ts'
import { validateValue } from '../../ui/schema-form/validate-value.ts'
import type { Protocol } from './execute-event.ts'
import type { Run } from './run.ts'
import { type RunControl, useRun } from './use-run.ts'

export interface ToolCall extends RunControl {
  readonly tool: Tool
  readonly args: unknown
  readonly setArgs: (args: unknown) => void
  /** Another object whenever the arguments were replaced as a whole, so that the form begins again. */
  readonly formKey: number
  readonly loadArgs: (args: unknown) => void
  /** What is wrong with the arguments; the call can be made nevertheless, to see what the tool says. */
  readonly problems: number
  /** How often the person tried to run: after the first time all that is wrong is shown. */
  readonly attempts: number
  /** Text in the form that is not read yet. */
  readonly isUnread: boolean
  readonly setUnread: (isUnread: boolean) => void
  /** Runs, unless something is wrong that `anyway` does not excuse; says whether it did. */
  readonly submit: (protocol: Protocol, anyway?: boolean) => boolean
}

/** The arguments of one tool and the run made with them. */
export function useToolCall(tool: Tool, initial: unknown, onEnd?: (run: Run) => void): ToolCall {
  const control = useRun(onEnd)
  const { start } = control
  const [args, setArgs] = useState<unknown>(() => initial ?? defaultValue(tool.inputSchema, tool.inputSchema) ?? {})
  const [formKey, setFormKey] = useState(0)
  const [attempts, setAttempts] = useState(0)
  const [isUnread, setUnread] = useState(false)
  const problems = useMemo(() => validateValue(tool.inputSchema, args).length, [tool.inputSchema, args])
  const loadArgs = useCallback((next: unknown) => {
    setArgs(next)
    setAttempts(0)
    setFormKey((key) => key + 1)
  }, [])
  const submit = useCallback(
    (protocol: Protocol, anyway = false) => {
      setAttempts((before) => before + 1)
      if (isUnread || (problems > 0 && !anyway)) return false
      start({ namespace: tool.namespace, tool: tool.name, arguments: isObject(args) ? args : {}, protocol })
      return true
    },
    [start, tool, args, problems, isUnread],
  )
  return { ...control, tool, args, setArgs, formKey, loadArgs, problems, attempts, isUnread, setUnread, submit }
}
