import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { gatewayUrl } from '../../api/base-url.ts'
import type { NamespaceOverview } from '../../api/generated/types.gen.ts'
import { buttonClass } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { countOf } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { StateIcon } from '../../ui/state-badge.tsx'

/** From nothing to a connected client and a first call; shown until a tool was called. */
export function FirstRunGuide({ namespaces }: { readonly namespaces: readonly NamespaceOverview[] }) {
  const withTools = namespaces.filter(({ tools }) => tools > 0)
  const first = withTools[0]
  const tools = withTools.reduce((sum, namespace) => sum + namespace.tools, 0)
  return (
    <Panel title="From here to the first call">
      <ol className="grid gap-5 md:grid-cols-3">
        <Step number={1} title="Have tools" isDone={first !== undefined}>
          {first !== undefined ? (
            <p className="text-ink-2">
              {countOf(tools, 'tool')} in {countOf(withTools.length, 'namespace')} are published. Write your own, or add an MCP server.
            </p>
          ) : (
            <p className="text-ink-2">Write a tool in TypeScript, or install one of the thousands of MCP servers.</p>
          )}
          <div className="flex flex-wrap gap-2">
            <Link to="/namespaces" search={{ new: true }} className={buttonClass(first === undefined ? 'primary' : 'secondary', 'sm')}>
              Create a namespace
            </Link>
            <Link to="/add-server" className={buttonClass('secondary', 'sm')}>
              Add a server
            </Link>
          </div>
        </Step>
        <Step number={2} title="Connect a client" isDone={false}>
          <p className="text-ink-2">All namespaces at one address; each has its own too. The connect page fills in what your client needs, with a key.</p>
          <p className="flex h-8 items-center gap-1 rounded-md border bg-sunken pl-2.5">
            <code className="min-w-0 flex-1 truncate">{gatewayUrl('mcp')}</code>
            <CopyButton text={gatewayUrl('mcp')} label="Copy the address of all namespaces" size="sm" />
          </p>
          {first && (
            <Link to="/namespaces/$ns/{-$tab}" params={{ ns: first.name, tab: 'connect' }} className={buttonClass('primary', 'sm')}>
              Connect a client to {first.name}
            </Link>
          )}
        </Step>
        <Step number={3} title="Make the first call" isDone={false}>
          <p className="text-ink-2">Ask your client to use a tool, or try one here. This guide goes away when the call has arrived.</p>
          {first && (
            <Link to="/playground" search={{ namespace: first.name }} className={buttonClass('secondary', 'sm')}>
              Try a tool of {first.name}
            </Link>
          )}
        </Step>
      </ol>
    </Panel>
  )
}

function Step({
  number,
  title,
  isDone,
  children,
}: {
  readonly number: number
  readonly title: string
  readonly isDone: boolean
  readonly children: ReactNode
}) {
  return (
    <li className="min-w-0 space-y-2">
      <h3 className="flex items-center gap-2 font-medium">
        {isDone ? <StateIcon state="ok" /> : <span className="grid size-5 place-items-center rounded-full border border-line-strong text-xs">{number}</span>}
        {title}
        {isDone && <span className="sr-only">(done)</span>}
      </h3>
      {children}
    </li>
  )
}
