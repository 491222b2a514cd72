import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Boxes, KeyRound, type LucideIcon, Moon, Plus, ServerCog, Sun, Wrench } from 'lucide-react'
import { useState } from 'react'
import { getNamespacesOptions, getToolsOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { setTheme } from '../../ui/theme.ts'
import { PAGES } from './pages.ts'

interface Entry {
  readonly id: string
  readonly title: string
  readonly detail?: string
  readonly icon: LucideIcon
  /** An address of the UI, or what is done. */
  readonly run: string | (() => void)
}
interface Group {
  readonly title: string
  readonly entries: readonly Entry[]
}

const ENTRIES_MAX = 8

/** Goes anywhere and does anything by a few letters of its name. */
export function Palette({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Find or do anything" size="md">
      <PaletteContent onClose={onClose} />
    </Dialog>
  )
}

function PaletteContent({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate()
  const [text, setText] = useState('')
  // Not deferred: Enter must mean what is seen.
  const groups = useGroups(text.trim())
  const [chosen, setChosen] = useState('')
  const entries = groups.flatMap((group) => group.entries)
  const current = entries.some(({ id }) => id === chosen) ? chosen : (entries[0]?.id ?? '')
  const choose = ({ run }: Entry): void => {
    onClose()
    if (typeof run === 'string') void navigate({ href: run })
    else run()
  }
  return (
    <Command shouldFilter={false} loop label="Find or do anything" value={current} onValueChange={setChosen} className="-m-4">
      <Command.Input
        autoFocus
        value={text}
        onValueChange={(next) => {
          setText(next)
          // The first of what is found now, not what was first before.
          setChosen('')
        }}
        placeholder="A page, namespace, tool, server or action"
        className="h-11 w-full border-b bg-transparent px-4 text-base outline-none"
      />
      <Command.List className="h-[min(24rem,60dvh)] overflow-y-auto p-2">
        <Command.Empty className="px-2 py-6 text-center text-ink-2">Nothing is called that.</Command.Empty>
        {groups.map(({ title, entries: ofGroup }) => (
          <Command.Group
            key={title}
            heading={title}
            className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-ink-3 [&_[cmdk-group-heading]]:text-xs"
          >
            {ofGroup.map((entry) => (
              <Command.Item
                key={entry.id}
                value={entry.id}
                onSelect={() => choose(entry)}
                className="flex h-9 cursor-default items-center gap-2.5 rounded-md px-2 data-[selected=true]:bg-selected"
              >
                <entry.icon aria-hidden className="size-4 shrink-0 text-ink-3" />
                <span className="truncate">{entry.title}</span>
                {entry.detail && <span className="ml-auto min-w-0 truncate pl-3 text-ink-3 text-xs">{entry.detail}</span>}
              </Command.Item>
            ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  )
}

function useGroups(text: string): readonly Group[] {
  const { data: namespaces } = useQuery(getNamespacesOptions())
  const { data: tools } = useQuery({
    ...getToolsOptions({ query: { search: text, limit: ENTRIES_MAX } }),
    enabled: text !== '',
    placeholderData: keepPreviousData,
  })
  const words = text.toLowerCase().split(/\s+/)
  const isFound = ({ title, detail = '' }: Entry): boolean => words.every((word) => `${title} ${detail}`.toLowerCase().includes(word))
  const pages = PAGES.map(({ to, title, icon }): Entry => ({ id: `page ${to}`, title, icon, run: to }))
  const spaces = (namespaces?.namespaces ?? []).map(({ name, kind, title }): Entry => {
    const isServer = kind === 'server'
    return {
      id: `namespace ${name}`,
      title: name,
      detail: [title, kind].filter(Boolean).join(' · '),
      icon: isServer ? ServerCog : Boxes,
      run: isServer ? `/servers/${name}` : `/namespaces/${name}`,
    }
  })
  const found = (tools?.tools ?? []).map(({ namespace, name, title }): Entry => {
    const run = `/playground?${new URLSearchParams({ namespace, tool: name })}`
    return { id: `tool ${namespace} ${name}`, title: name, detail: [title, namespace].filter(Boolean).join(' · '), icon: Wrench, run }
  })
  const groups: readonly Group[] = [
    { title: 'Pages', entries: pages.filter(isFound) },
    { title: 'Namespaces and servers', entries: spaces.filter(isFound).slice(0, ENTRIES_MAX) },
    { title: 'Tools: try one', entries: text === '' ? [] : found },
    { title: 'Actions', entries: ACTIONS.filter(isFound) },
  ]
  return groups.filter(({ entries }) => entries.length > 0)
}

const ACTIONS: readonly Entry[] = [
  { id: 'new-namespace', title: 'Create a namespace', icon: Plus, run: '/namespaces?new=true' },
  { id: 'add-server', title: 'Add a server', icon: Plus, run: '/add-server' },
  { id: 'new-bundle', title: 'Create a bundle', icon: Plus, run: '/new-bundle' },
  { id: 'new-key', title: 'Create a key', icon: KeyRound, run: '/access?new=true' },
  { id: 'light', title: 'Light appearance', icon: Sun, run: () => setTheme('light') },
  { id: 'dark', title: 'Dark appearance', icon: Moon, run: () => setTheme('dark') },
]
