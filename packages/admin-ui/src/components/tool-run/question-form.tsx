import { CircleHelp } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { defaultValue } from '../../ui/schema-form/default-value.ts'
import { isObject, type JsonSchema } from '../../ui/schema-form/json-schema.ts'
import { SchemaForm } from '../../ui/schema-form/schema-form.tsx'
import { validateValue } from '../../ui/schema-form/validate-value.ts'
import { ApiErrorNotice } from '../api-error-notice.tsx'
import type { InputRequest } from './execute-event.ts'
import { RefuseButton } from './refuse-button.tsx'
import { SamplingQuestion } from './sampling-question.tsx'

/** Null: nobody will answer. */
export type Answer = Readonly<Record<string, unknown>> | null

export interface QuestionFormProps {
  readonly question: InputRequest
  /** Rejects when the gateway no longer waits. */
  readonly onAnswer: (answer: Answer) => Promise<void>
}

/** What a tool asks its caller while it runs, answered in the page. */
export function QuestionForm({ question, onAnswer }: QuestionFormProps) {
  const [isSending, setSending] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const send = (answer: Answer): void => {
    setSending(true)
    setError(null)
    onAnswer(answer)
      .catch(setError)
      .finally(() => setSending(false))
  }
  const shared = { params: question.params ?? {}, isSending, send }
  return (
    <section aria-label={`The tool asks: ${question.method}`} className="animate-enter space-y-3 rounded-lg border border-l-4 border-warning/60 bg-surface p-3">
      <p className="flex items-center gap-2 text-ink-2 text-xs">
        <CircleHelp aria-hidden className="size-4 text-warning" /> The tool asks <code>{question.method}</code>
      </p>
      <Question method={question.method} {...shared} />
      {error !== null && <ApiErrorNotice title="The answer did not arrive" error={error} />}
    </section>
  )
}

export interface QuestionProps {
  readonly params: Readonly<Record<string, unknown>>
  readonly isSending: boolean
  readonly send: (answer: Answer) => void
}

function Question({ method, ...props }: QuestionProps & { readonly method: string }) {
  if (method === 'elicitation/create') return props.params.mode === 'url' ? <UrlElicitation {...props} /> : <FormElicitation {...props} />
  if (method === 'sampling/createMessage') return <SamplingQuestion {...props} />
  const rest = { ...props, toAnswer: (value: unknown) => value as Answer, others: <RefuseButton isSending={props.isSending} send={props.send} /> }
  if (method === 'roots/list') return <SchemaQuestion {...rest} schema={rootsSchema} action="Send roots" />
  return <SchemaQuestion {...rest} schema={anyObject} action="Send answer" />
}

const anyObject: JsonSchema = { type: 'object', additionalProperties: true }
const rootsSchema: JsonSchema = {
  type: 'object',
  properties: {
    roots: {
      type: 'array',
      title: 'Roots',
      description: 'Folders this client works on.',
      items: {
        type: 'object',
        properties: { uri: { type: 'string', format: 'uri', examples: ['file:///home/me/project'] }, name: { type: 'string' } },
        required: ['uri'],
      },
    },
  },
  required: ['roots'],
}

function FormElicitation({ params, ...props }: QuestionProps) {
  const schema = isObject(params.requestedSchema) ? params.requestedSchema : anyObject
  return (
    <SchemaQuestion
      {...props}
      params={params}
      schema={schema}
      action="Accept"
      toAnswer={(content) => ({ action: 'accept', content })}
      others={<DeclineButtons isSending={props.isSending} send={props.send} />}
    />
  )
}

function UrlElicitation({ params, isSending, send }: QuestionProps) {
  const url = typeof params.url === 'string' && /^https?:/i.test(params.url) && URL.canParse(params.url) ? new URL(params.url) : null
  return (
    <div className="space-y-3">
      <Message params={params} />
      {url === null ? (
        <p className="text-failed">The tool gave no web address.</p>
      ) : (
        <p className="[overflow-wrap:anywhere]">
          Opens <strong>{url.host}</strong>, which the tool chose:{' '}
          <a href={url.href} target="_blank" rel="noreferrer" className="text-accent underline">
            {url.href}
          </a>
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" working={isSending} onClick={() => send({ action: 'accept' })}>
          I have done it
        </Button>
        <DeclineButtons isSending={isSending} send={send} />
      </div>
    </div>
  )
}

interface SchemaQuestionProps extends QuestionProps {
  readonly schema: JsonSchema
  readonly action: string
  readonly toAnswer: (value: unknown) => Answer
  readonly others?: React.ReactNode
}

function SchemaQuestion({ params, isSending, send, schema, action, toAnswer, others }: SchemaQuestionProps) {
  const [value, setValue] = useState<unknown>(() => defaultValue(schema, schema) ?? {})
  const [isAttempted, setAttempted] = useState(false)
  const [isUnread, setUnread] = useState(false)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setAttempted(true)
    if (!isUnread && validateValue(schema, value).length === 0) send(toAnswer(value))
  }
  return (
    <form noValidate onSubmit={submit} className="space-y-3">
      <Message params={params} />
      <SchemaForm schema={schema} value={value} onChange={setValue} showAll={isAttempted} onUnread={setUnread} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" working={isSending}>
          {action}
        </Button>
        {others}
      </div>
    </form>
  )
}

function Message({ params }: { readonly params: Readonly<Record<string, unknown>> }) {
  return typeof params.message === 'string' ? <p className="whitespace-pre-wrap font-medium [overflow-wrap:anywhere]">{params.message}</p> : null
}

function DeclineButtons({ isSending, send }: Pick<QuestionProps, 'isSending' | 'send'>) {
  return (
    <>
      <Button disabled={isSending} onClick={() => send({ action: 'decline' })}>
        Decline
      </Button>
      <Button variant="ghost" disabled={isSending} onClick={() => send({ action: 'cancel' })}>
        Dismiss
      </Button>
    </>
  )
}
