import { lazy, Suspense } from 'react'

const Rendered = lazy(() => import('./markdown-rendered.tsx').then(({ MarkdownRendered }) => ({ default: MarkdownRendered })))

/** Markdown without HTML; links open in a new tab, pictures of other origins are not fetched. Its renderer is loaded when first needed. */
export function Markdown({ text }: { readonly text: string }) {
  return (
    <Suspense fallback={<p className="whitespace-pre-wrap">{text}</p>}>
      <Rendered text={text} />
    </Suspense>
  )
}
