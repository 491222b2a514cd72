import { useNavigate, useSearch } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { TextArea } from '../../ui/inputs.tsx'
import { Page } from '../../ui/page.tsx'
import { ImportPanel } from './import-panel.tsx'
import { NewServerForm } from './new-server-form.tsx'
import { recognise, type Suggestion } from './recognise.ts'
import { RegisteredServerForm } from './registered-server-form.tsx'
import { RegistryResults } from './registry-results.tsx'
import { SuggestionList } from './suggestion-list.tsx'

/** One box that takes a name, a package, an address, a command or a pasted configuration, and knows which it is. */
export function ServerAddPage() {
  const { q, as, registry } = useSearch({ from: '/frame/add-server' })
  const navigate = useNavigate()
  const typed = typeof q === 'string' ? q : ''
  // A configuration may hold secrets: it is never put into the address.
  const [pasted, setPasted] = useState<string | undefined>(undefined)
  const { config, suggestions, search } = recognise(pasted ?? typed)
  const box = useRef<HTMLTextAreaElement>(null)
  const type = (text: string): void => {
    const isConfig = recognise(text).config !== undefined
    setPasted(isConfig ? text : undefined)
    void navigate({ to: '/add-server', search: isConfig || text === '' ? {} : { q: text }, replace: true })
  }
  const choose = (choice: { readonly as: Suggestion['id'] } | { readonly registry: string }): void =>
    void navigate({ to: '/add-server', search: { ...(typed === '' ? {} : { q: typed }), ...choice } })
  const chosen = suggestions.find(({ id }) => id === as)
  const back = (
    <Button icon={ArrowLeft} onClick={() => void navigate({ to: '/add-server', search: typed === '' ? {} : { q: typed } })}>
      Choose another
    </Button>
  )
  if (typeof registry === 'string')
    return (
      <Page title={<code>{registry}</code>} description="From the registry of MCP servers." actions={back}>
        <RegisteredServerForm key={registry} name={registry} />
      </Page>
    )
  if (chosen !== undefined)
    return (
      <Page title={chosen.title} description={chosen.detail} actions={back}>
        <NewServerForm key={JSON.stringify(chosen.draft)} initial={chosen.draft} />
      </Page>
    )
  return (
    <Page title="Add server" description="A name, a package, a git address, a URL, a command, or the configuration of Claude Desktop, VS Code or Cursor.">
      <TextArea
        ref={box}
        autoFocus
        aria-label="What to add"
        placeholder="weather · @modelcontextprotocol/server-everything · https://example.com/mcp · uvx mcp-server-time · {&quot;mcpServers&quot;: …}"
        rows={config === undefined ? 1 : 10}
        className="min-h-10 resize-none text-base font-mono"
        value={pasted ?? typed}
        onChange={({ target }) => type(target.value)}
        onKeyDown={(event) => {
          const first = suggestions[0]
          if (event.key !== 'Enter' || config !== undefined || first === undefined) return
          event.preventDefault()
          choose({ as: first.id })
        }}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault()
          void event.dataTransfer.files[0]?.text().then(type)
        }}
      />
      {config !== undefined && <ImportPanel config={config} />}
      {suggestions.length > 0 && <SuggestionList suggestions={suggestions} onChoose={({ id }) => choose({ as: id })} />}
      {config === undefined && suggestions.length === 0 && search === undefined && typed !== '' && (
        <EmptyState title="This is nothing ToolDock knows how to add">Write a package name, an address or a command.</EmptyState>
      )}
      {config === undefined && (search !== undefined || typed === '') && (
        <RegistryResults search={search ?? ''} onChoose={(name) => choose({ registry: name })} />
      )}
    </Page>
  )
}
