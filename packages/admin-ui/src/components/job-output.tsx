import { useEffect, useRef, useState } from 'react'
import { gatewayUrl } from '../api/base-url.ts'

const LINES_MAX = 2000

/** What a job prints, as it prints it. */
export function JobOutput({ id }: { readonly id: string }) {
  const [lines, setLines] = useState<readonly string[]>([])
  const block = useRef<HTMLElement>(null)
  useEffect(() => {
    const source = new EventSource(gatewayUrl(`api/jobs/${encodeURIComponent(id)}/output`))
    source.addEventListener('line', ({ data }: MessageEvent<string>) => {
      const { text } = JSON.parse(data) as { text: string }
      setLines((before) => [...before.slice(1 - LINES_MAX), text])
    })
    // Otherwise the browser would connect again and read it all once more.
    source.addEventListener('finished', () => source.close())
    source.addEventListener('error', () => source.close())
    return () => source.close()
  }, [id])
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the lines
  useEffect(() => {
    if (block.current !== null) block.current.scrollTop = block.current.scrollHeight
  }, [lines])
  return (
    <section
      ref={block}
      aria-label="Output"
      // Scrolls: it must be reachable by keyboard.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
      tabIndex={0}
      className="max-h-72 overflow-auto rounded-md border bg-sunken p-2.5"
    >
      <pre className="font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">{lines.length === 0 ? 'Nothing printed yet.' : lines.join('\n')}</pre>
    </section>
  )
}
