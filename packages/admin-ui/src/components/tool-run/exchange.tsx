import { CopyButton } from '../../ui/copy-button.tsx'
import type { Run } from './run.ts'
import { prettyText } from './timeline-entry.ts'

/** The request that got the answer, and the answer, as they were on the wire. The token is masked by the gateway. */
export function Exchange({ run }: { readonly run: Run }) {
  const { finish } = run
  if (finish?.request == null) return <p className="text-ink-3">{finish === null ? 'No answer yet.' : 'No request was answered.'}</p>
  const { method, url, headers, body } = finish.request
  const answer = run.timeline.findLast((entry) => entry.direction === 'received')
  return (
    <div className="space-y-4">
      <Part title="Request" start={`${method} ${url}`} headers={headers} body={body} />
      <Part title="Answer" start={finish.status === null ? '' : `HTTP ${finish.status}`} headers={finish.headers} body={answer?.message ?? ''} />
    </div>
  )
}

interface PartProps {
  readonly title: string
  readonly start: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function Part({ title, start, headers, body }: PartProps) {
  const head = [start, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].filter((line) => line !== '').join('\n')
  return (
    <section className="space-y-1">
      <div className="flex min-h-7 items-center justify-between">
        <h4 className="text-ink-3 text-xs">{title}</h4>
        <CopyButton text={`${head}\n\n${body}`} label={`Copy the ${title.toLowerCase()}`} size="sm" />
      </div>
      <pre className="max-h-[32rem] overflow-auto whitespace-pre-wrap rounded-md bg-sunken p-2.5 font-mono text-xs leading-5 [overflow-wrap:anywhere]">
        <span className="text-ink-2">{head}</span>
        {body !== '' && `\n\n${prettyText(body)}`}
      </pre>
    </section>
  )
}
