import { ArrowDownToLine, Pause, Play } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { apiFetch } from '../../api/api-fetch.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Panel } from '../../ui/page.tsx'

/** What is kept on the page; older lines are in the file. */
const CHARS_MAX = 400_000
const NEAR_END_PX = 40
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal begin with one
const TERMINAL_CODES = /\u001b\[[0-9;?]*[A-Za-z]/g

/** What the server prints, as it prints it. Scrolling up, or a press, holds it still. */
export function ServerOutput({ ns }: { readonly ns: string }) {
  const { text, error, retry } = useOutput(ns)
  const [isHeld, setHeld] = useState(false)
  const [held, setHeldText] = useState('')
  const block = useRef<HTMLElement>(null)
  const shown = isHeld ? held : text
  const hold = (next: boolean): void => {
    setHeldText(text)
    setHeld(next)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the text
  useEffect(() => {
    if (!isHeld && block.current !== null) block.current.scrollTop = block.current.scrollHeight
  }, [shown, isHeld])
  const onScroll = (): void => {
    const element = block.current
    if (element === null) return
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX
    if (isAtEnd === isHeld) hold(!isAtEnd)
  }
  const newLines = isHeld ? text.slice(held.length).split('\n').length - 1 : 0
  return (
    <Panel
      flush
      title="Output"
      actions={
        <>
          {newLines > 0 && (
            <Button size="sm" icon={ArrowDownToLine} onClick={() => hold(false)}>
              {newLines} new
            </Button>
          )}
          <Button size="sm" variant="ghost" icon={isHeld ? Play : Pause} onClick={() => hold(!isHeld)}>
            {isHeld ? 'Follow' : 'Pause'}
          </Button>
          <CopyButton text={shown} label="Copy the output" size="sm" />
        </>
      }
    >
      {error !== undefined && <ApiErrorNotice title="The output could not be read" error={error} onRetry={retry} className="m-3" />}
      <section
        ref={block}
        onScroll={onScroll}
        aria-label="Output of the server"
        // Scrolls: it must be reachable by keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        tabIndex={0}
        className="h-[calc(100dvh-17rem)] min-h-60 overflow-auto bg-sunken p-3"
      >
        <pre className="font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">
          {shown === '' ? <span className="text-ink-3">It has printed nothing yet.</span> : shown}
        </pre>
      </section>
    </Panel>
  )
}

function useOutput(ns: string) {
  const [text, setText] = useState('')
  const [error, setError] = useState<unknown>(undefined)
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt reads from the beginning
  useEffect(() => {
    const aborted = new AbortController()
    setError(undefined)
    setText('')
    const read = async (): Promise<void> => {
      const { body } = await apiFetch(`/api/servers/${encodeURIComponent(ns)}/output?follow=true`, { signal: aborted.signal })
      for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const clean = chunk.replace(TERMINAL_CODES, '')
        setText((before) => (before + clean).slice(-CHARS_MAX))
      }
    }
    read().catch((thrown: unknown) => {
      if (!aborted.signal.aborted) setError(thrown)
    })
    return () => aborted.abort()
  }, [ns, attempt])
  return { text, error, retry: () => setAttempt((count) => count + 1) }
}
