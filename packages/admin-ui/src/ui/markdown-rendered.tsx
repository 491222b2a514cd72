import ReactMarkdown, { type Components } from 'react-markdown'

const COMPONENTS: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noreferrer" className="text-accent underline">
      {children}
    </a>
  ),
  img: ({ alt, src }) =>
    typeof src === 'string' && src.startsWith('data:') ? <img alt={alt} src={src} className="max-w-full" /> : <span>[{alt || 'picture'}]</span>,
  h1: ({ children }) => <p className="mt-3 font-semibold text-lg">{children}</p>,
  h2: ({ children }) => <p className="mt-3 font-semibold text-base">{children}</p>,
  h3: ({ children }) => <p className="mt-2 font-semibold">{children}</p>,
  ul: ({ children }) => <ul className="list-disc space-y-0.5 pl-5">{children}</ul>,
  ol: ({ children }) => <ol className="list-decimal space-y-0.5 pl-5">{children}</ol>,
  pre: ({ children }) => <pre className="overflow-x-auto rounded-md bg-sunken p-2.5">{children}</pre>,
  code: ({ children }) => <code className="rounded-sm bg-sunken px-1">{children}</code>,
}

export function MarkdownRendered({ text }: { readonly text: string }) {
  return (
    <div className="space-y-2 [overflow-wrap:anywhere]">
      <ReactMarkdown components={COMPONENTS} urlTransform={(url) => (/^(https?:|mailto:|data:image\/)/i.test(url) ? url : '')}>
        {text}
      </ReactMarkdown>
    </div>
  )
}
