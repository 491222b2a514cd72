import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Popover } from 'radix-ui'
import { use, useSyncExternalStore } from 'react'
import { EventsContext } from '../../api/events.ts'
import { getAttentionOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { AttentionItem } from '../../api/generated/types.gen.ts'
import { buttonClass } from '../../ui/button.tsx'
import { countOf } from '../../ui/format.ts'
import { type State, StateIcon } from '../../ui/state-badge.tsx'

interface Shown {
  readonly state: State
  readonly words: string
  readonly items: readonly AttentionItem[]
}

/** Whether anything is wrong, in one word; what it is and where it can be mended, when it is pressed. */
export function GatewayState() {
  const { state, words, items } = useGatewayState()
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <button type="button" className="flex h-8 shrink-0 items-center gap-1.5 rounded-md px-2 hover:bg-hover" aria-label={`Gateway: ${words}`}>
          <StateIcon state={state} />
          <span className="hidden min-w-28 text-left sm:inline-block">{words}</span>
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          aria-label="State of the gateway"
          className="z-50 w-96 max-w-[calc(100vw-1rem)] animate-enter rounded-lg border bg-raised p-1 shadow-raised"
        >
          {items.length === 0 && <p className="px-3 py-2.5 text-ink-2">{state === 'ok' ? 'The gateway runs and nothing needs you.' : `${words}.`}</p>}
          <ul className="max-h-96 overflow-y-auto">
            {items.map((item) => (
              <li key={item.id} className="flex items-start gap-2.5 rounded-md px-2.5 py-2">
                <StateIcon state={stateOfSeverity(item.severity)} className="mt-0.5" />
                <div className="min-w-0 flex-1">
                  <p className="font-semibold">{item.title}</p>
                  <p className="line-clamp-3 text-ink-2 [overflow-wrap:anywhere]">{item.detail}</p>
                </div>
                {item.action && (
                  <Popover.Close asChild>
                    <Link to={item.action.href} className={buttonClass('secondary', 'sm')}>
                      {item.action.label}
                    </Link>
                  </Popover.Close>
                )}
              </li>
            ))}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

export const stateOfSeverity = (severity: AttentionItem['severity']): State => (severity === 'error' ? 'failed' : 'warning')

const NO_SUBSCRIPTION = () => () => {}

function useGatewayState(): Shown {
  const events = use(EventsContext)
  const connection = useSyncExternalStore(events?.subscribeConnection ?? NO_SUBSCRIPTION, () => events?.connection ?? 'connecting')
  const { data, error } = useQuery(getAttentionOptions())
  const items = data?.items ?? []
  if (connection === 'lost') return { state: 'failed', words: 'Not reachable', items: [] }
  if (error !== null) return { state: 'warning', words: 'State unknown', items: [] }
  if (connection === 'connecting' || data === undefined) return { state: 'idle', words: 'Connecting', items: [] }
  if (items.length === 0) return { state: 'ok', words: 'All is well', items }
  const worst = items.some(({ severity }) => severity === 'error') ? 'error' : 'warning'
  return { state: stateOfSeverity(worst), words: `${countOf(items.length, 'thing')} to look at`, items }
}
