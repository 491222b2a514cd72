import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useEffectEvent } from 'react'
import { sessionQuery, useSessionKeeper } from '../../api/session.ts'
import { SignInForm } from '../../components/sign-in-form.tsx'

/** Sign-in by token, or by the single-use link `/sign-in#code=…` that the gateway prints when it starts. */
export function SignInPage() {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const keeper = useSessionKeeper()
  const { next } = useSearch({ strict: false })
  const enter = async (): Promise<void> => {
    await queryClient.fetchQuery({ ...sessionQuery(keeper), staleTime: 0 })
    // Only an address of this UI: what came in a link must not lead elsewhere.
    const to = typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
    await navigate({ href: to, replace: true })
  }
  const onOtherTab = useEffectEvent(() => void enter())
  useEffect(() => keeper.subscribe((change) => change === 'signed-in' && onOtherTab()), [keeper])
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-sm space-y-5">
        <header className="flex items-center gap-3">
          <img src="icon.svg" alt="" className="size-9" />
          <div>
            <h1 className="font-semibold text-xl">ToolDock</h1>
            <p className="text-ink-2">{location.host}</p>
          </div>
        </header>
        <div className="rounded-lg border bg-surface p-4">
          <SignInForm onSignedIn={enter} codeFromAddress />
        </div>
      </div>
    </main>
  )
}
