import { useNavigate, useSearch } from '@tanstack/react-router'
import { LogView } from '../../components/records/log-view.tsx'

/** What its tools and the gateway said of it. */
export function NamespaceLogs({ ns }: { readonly ns: string }) {
  const { line } = useSearch({ from: '/frame/namespaces/$ns/{-$tab}' })
  const navigate = useNavigate()
  return (
    <div className="flex h-[calc(100dvh-14rem)] min-h-80 flex-col">
      <LogView
        filters={{ namespace: ns }}
        isLive
        openId={typeof line === 'string' ? line : undefined}
        onOpen={(id) => void navigate({ to: '.', search: (before) => ({ ...before, line: id }), replace: true })}
      />
    </div>
  )
}
