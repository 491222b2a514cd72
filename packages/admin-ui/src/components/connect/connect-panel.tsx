import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ExternalLink, KeyRound } from 'lucide-react'
import { useState } from 'react'
import { invalidate, useGatewayEvent } from '../../api/events.ts'
import { postKeys } from '../../api/generated/sdk.gen.ts'
import { sessionQuery, useSessionKeeper } from '../../api/session.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { Panel } from '../../ui/page.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TextBlock } from '../../ui/text-block.tsx'
import { ApiErrorNotice } from '../api-error-notice.tsx'
import { clientRecipes } from './client-recipes.ts'

/** Stands where the key goes until one is made. */
const PLACEHOLDER = 'YOUR_KEY'

export interface ConnectPanelProps {
  /** Undefined: everything that is published, at /mcp. */
  readonly namespace: string | undefined
  /** Is it ToolDock's own namespace, which obeys administrators alone? */
  readonly isOwn?: boolean
  readonly mcpUrl: string
  readonly openapiUrl: string
}

/** Exactly what a client needs, filled in, and a line that says whether it came. */
export function ConnectPanel({ namespace, isOwn = false, mcpUrl, openapiUrl }: ConnectPanelProps) {
  const keeper = useSessionKeeper()
  const session = useQuery(sessionQuery(keeper))
  const { client } = useSearch({ strict: false })
  const navigate = useNavigate()
  const [secret, setSecret] = useState<string | undefined>(undefined)
  const needsKey = session.data?.authDisabled !== true
  const recipes = clientRecipes({ name: namespace ?? 'tooldock', mcpUrl, openapiUrl, key: needsKey ? (secret ?? PLACEHOLDER) : undefined })
  const chosen = recipes.find(({ id }) => id === client) ?? recipes[0]
  if (chosen === undefined) return null
  return (
    <Panel title="Connect a client" flush>
      <div className="grid md:grid-cols-[11rem_minmax(0,1fr)]">
        <nav aria-label="Clients" className="flex gap-1 overflow-x-auto border-b p-2 md:flex-col md:border-r md:border-b-0">
          {recipes.map(({ id, client: name }) => (
            <button
              key={id}
              type="button"
              aria-current={id === chosen.id}
              onClick={() => void navigate({ to: '.', search: (before) => ({ ...before, client: id }), replace: true })}
              className={cx('rounded-md px-2.5 py-1.5 text-left whitespace-nowrap hover:bg-hover', id === chosen.id && 'bg-selected font-medium')}
            >
              {name}
            </button>
          ))}
        </nav>
        <div className="min-w-0 space-y-4 p-4">
          {needsKey && <NewKey namespace={namespace} isOwn={isOwn} client={chosen.client} secret={secret} onSecret={setSecret} />}
          <ol className="space-y-4">
            {chosen.steps.map(({ words, file, text, link }) => (
              <li key={words} className="space-y-1.5">
                <p>
                  {words} {file !== undefined && <code className="text-ink-2">{file}</code>}
                </p>
                {link !== undefined && (
                  <a href={link} className={buttonClass()}>
                    <ExternalLink aria-hidden className="size-4" />
                    Open in {chosen.client}
                  </a>
                )}
                {text !== undefined && <TextBlock text={text} label={`what to give ${chosen.client}`} />}
              </li>
            ))}
          </ol>
          <Waiting namespace={namespace} />
        </div>
      </div>
    </Panel>
  )
}

interface NewKeyProps {
  readonly namespace: string | undefined
  readonly isOwn: boolean
  readonly client: string
  readonly secret: string | undefined
  readonly onSecret: (secret: string) => void
}

function NewKey({ namespace, isOwn, client, secret, onSecret }: NewKeyProps) {
  const queryClient = useQueryClient()
  const make = useMutation({
    mutationFn: async () => {
      const body = {
        name: `${client}${namespace === undefined ? '' : ` for ${namespace}`}`,
        role: isOwn ? ('admin' as const) : ('caller' as const),
        namespaces: namespace === undefined || isOwn ? null : [namespace],
      }
      return (await postKeys({ body, throwOnError: true })).data
    },
    onSuccess: async (made) => {
      onSecret(made.secret)
      await invalidate(queryClient, ['getKeys'])
    },
  })
  if (secret !== undefined) return <StateBadge state="ok">A key was made and is filled in below. It is shown only now; copy what you need.</StateBadge>
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-center gap-3">
        <Button icon={KeyRound} working={make.isPending} onClick={() => make.mutate()}>
          Make a key for {client}
        </Button>
        <span className="text-ink-2">
          {isOwn
            ? 'It may do everything, as these tools can.'
            : `It may call ${namespace === undefined ? 'everything' : `what ${namespace} publishes`} and nothing else.`}{' '}
          Or write one you have instead of <code>{PLACEHOLDER}</code>.
        </span>
      </div>
      {make.isError && <ApiErrorNotice title="The key could not be made" error={make.error} />}
    </div>
  )
}

/** Proof that it works: what the client did, as it does it. */
function Waiting({ namespace }: { readonly namespace: string | undefined }) {
  const [seen, setSeen] = useState<{ readonly client: string; readonly did: string } | undefined>(undefined)
  useGatewayEvent('client.seen', (event) => {
    if (namespace !== undefined && event.namespace !== namespace) return
    setSeen({ client: String(event.client), did: String(event.did) })
  })
  return (
    <p role="status" className="border-t pt-3">
      {seen === undefined ? (
        <StateBadge state="working">Waiting for your client…</StateBadge>
      ) : (
        <StateBadge state="ok">
          Connected: {seen.client}, {seen.did}
        </StateBadge>
      )}
    </p>
  )
}
