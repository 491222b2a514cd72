import { useQueryClient } from '@tanstack/react-query'
import { Outlet, useNavigate } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useState } from 'react'
import { type Events, EventsContext, openEvents } from '../../api/events.ts'
import { sessionQuery, useSessionKeeper } from '../../api/session.ts'
import { useHotkey } from '../../ui/hotkeys.ts'
import { BottomBar } from './bottom-bar.tsx'
import { Palette } from './palette.tsx'
import { Rail } from './rail.tsx'
import { SignInAgain } from './sign-in-again.tsx'
import { TopBar } from './top-bar.tsx'

/** What is around every page: where one can go, what is wrong, who is signed in. */
export function Frame() {
  const events = useEvents()
  const session = useSessionEnd()
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  useHotkey({ key: 'k', mod: true }, () => setPaletteOpen((isOpen) => !isOpen))
  return (
    <EventsContext value={events}>
      <button
        type="button"
        onClick={() => document.getElementById('main')?.focus()}
        className="fixed top-1 left-1 z-50 -translate-y-16 rounded-md border bg-raised px-3 py-1.5 focus:translate-y-0"
      >
        Skip to the page
      </button>
      <div className="flex h-dvh overflow-hidden">
        <Rail />
        <div className="flex min-w-0 flex-1 flex-col">
          <TopBar onOpenPalette={() => setPaletteOpen(true)} />
          <main id="main" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
            <Outlet />
          </main>
          <BottomBar />
        </div>
      </div>
      <Palette open={isPaletteOpen} onClose={() => setPaletteOpen(false)} />
      {session.isExpired && <SignInAgain onSignedIn={session.onSignedIn} />}
    </EventsContext>
  )
}

function useEvents(): Events | null {
  const queryClient = useQueryClient()
  const keeper = useSessionKeeper()
  const [events, setEvents] = useState<Events | null>(null)
  useEffect(() => {
    // Asking for the session tells everybody when it has ended; that the gateway is away is seen by the lost connection.
    const opened = openEvents(queryClient, () => void keeper.load().catch(() => {}))
    setEvents(opened)
    return () => opened.close()
  }, [queryClient, keeper])
  return events
}

/** Signing out in one tab leaves the page in all; a session that ran out is asked for again over the page, which stays as it is. */
function useSessionEnd(): { readonly isExpired: boolean; readonly onSignedIn: () => Promise<void> } {
  const keeper = useSessionKeeper()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [isExpired, setExpired] = useState(false)
  const renew = async (): Promise<void> => {
    await queryClient.fetchQuery({ ...sessionQuery(keeper), staleTime: 0 })
    setExpired(false)
    await queryClient.invalidateQueries()
  }
  const leave = async (): Promise<void> => {
    queryClient.removeQueries({ queryKey: ['session'] })
    await navigate({ to: '/sign-in' })
    queryClient.clear()
  }
  const onChange = useEffectEvent((change: 'expired' | 'signed-out' | 'signed-in') => {
    if (change === 'expired') setExpired(true)
    else if (change === 'signed-out') void leave()
    else void renew()
  })
  useEffect(() => keeper.subscribe((change) => onChange(change)), [keeper])
  return { isExpired, onSignedIn: renew }
}
