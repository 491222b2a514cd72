import { Button } from '../../ui/button.tsx'
import type { QuestionProps } from './question-form.tsx'

/** For questions that no answer of MCP declines: only a question for a person has one. */
export function RefuseButton({ isSending, send }: Pick<QuestionProps, 'isSending' | 'send'>) {
  return (
    <Button disabled={isSending} title="An earlier protocol tells the tool so; by MCP 2026-07-28 the call ends" onClick={() => send(null)}>
      Decline
    </Button>
  )
}
