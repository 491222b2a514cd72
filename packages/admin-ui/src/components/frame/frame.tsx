import { Outlet } from '@tanstack/react-router'
import { Rail } from './rail.tsx'

/** What is around every page. */
export function Frame() {
  return (
    <div className="flex h-dvh overflow-hidden">
      <Rail />
      <div className="flex min-w-0 flex-1 flex-col">
        <main id="main" className="min-h-0 flex-1 overflow-y-auto">
          <Outlet />
        </main>
      </div>
    </div>
  )
}
