import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { TextArea } from '../../ui/inputs.tsx'
import { JsonTree } from '../../ui/result/json-tree.tsx'
import { isObject } from '../../ui/schema-form/json-schema.ts'
import type { QuestionProps } from './question-form.tsx'
import { RefuseButton } from './refuse-button.tsx'

/** The tool asks its client's language model; here a person answers in the model's place. */
export function SamplingQuestion({ params, isSending, send }: QuestionProps) {
  const [text, setText] = useState('')
  const messages: readonly unknown[] = Array.isArray(params.messages) ? params.messages : []
  const answer = { role: 'assistant', content: { type: 'text', text }, model: 'playground', stopReason: 'endTurn' }
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault()
        send(answer)
      }}
    >
      {typeof params.systemPrompt === 'string' && <Turn speaker="system" text={params.systemPrompt} />}
      {messages.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the question does not change
        <MessageTurn key={index} message={message} />
      ))}
      <Field label="Answer as the model" hint={typeof params.maxTokens === 'number' ? `The tool wants at most ${params.maxTokens} tokens.` : undefined}>
        {(control) => <TextArea {...control} rows={3} value={text} onChange={({ target }) => setText(target.value)} />}
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" working={isSending} disabled={text === ''}>
          Send answer
        </Button>
        <RefuseButton isSending={isSending} send={send} />
      </div>
    </form>
  )
}

function MessageTurn({ message }: { readonly message: unknown }) {
  if (!isObject(message)) return null
  const role = String(message.role)
  const { content } = message
  if (isObject(content) && typeof content.text === 'string') return <Turn speaker={role} text={content.text} />
  return <JsonTree label={`Message of ${role}`} value={content} />
}

function Turn({ speaker, text }: { readonly speaker: string; readonly text: string }) {
  return (
    <div className="rounded-md border bg-surface px-2.5 py-1.5">
      <p className="text-ink-3 text-xs">{speaker}</p>
      <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{text}</p>
    </div>
  )
}
