import { ArrowUp, Pause, Play } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { countOf } from '../../ui/format.ts'
import type { Live } from './use-live.ts'

/** Holds a live list still, or lets it go on. */
export function LiveControls<T>({ live }: { readonly live: Live<T> }) {
  return (
    <>
      {live.waiting > 0 && (
        <Button size="sm" icon={ArrowUp} onClick={() => live.hold(false)}>
          {countOf(live.waiting, 'new', 'new')}
        </Button>
      )}
      <Button size="sm" variant="ghost" icon={live.isHeld ? Play : Pause} aria-pressed={live.isHeld} onClick={() => live.hold(!live.isHeld)}>
        {live.isHeld ? 'Follow' : 'Pause'}
      </Button>
    </>
  )
}
