import { Link } from '@tanstack/react-router'
import { Ellipsis } from 'lucide-react'
import { useRef } from 'react'
import { PAGES } from './pages.ts'

const AT_HAND = 4
const ITEM = 'flex flex-1 flex-col items-center justify-center gap-0.5 text-ink-2 text-xs data-[status=active]:font-medium data-[status=active]:text-accent'

/** The pages on small windows: four at hand, the others in a sheet that comes from the bottom. */
export function BottomBar() {
  const sheet = useRef<HTMLDivElement>(null)
  return (
    <nav aria-label="Pages" className="flex h-13 shrink-0 border-t bg-surface sm:hidden">
      {PAGES.slice(0, AT_HAND).map(({ to, title, icon: Icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }} className={ITEM}>
          <Icon aria-hidden className="size-4.5" />
          {title}
        </Link>
      ))}
      <button type="button" popoverTarget="more-pages" className={ITEM}>
        <Ellipsis aria-hidden className="size-4.5" />
        More
      </button>
      <div
        ref={sheet}
        id="more-pages"
        popover="auto"
        className="inset-x-0 top-auto bottom-13 m-0 w-full rounded-t-lg border-t bg-raised p-2 text-ink shadow-raised open:animate-enter"
      >
        {PAGES.slice(AT_HAND).map(({ to, title, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ includeSearch: false }}
            onClick={() => sheet.current?.hidePopover()}
            className="flex h-11 items-center gap-3 rounded-md px-3 text-base hover:bg-hover data-[status=active]:bg-selected"
          >
            <Icon aria-hidden className="size-4.5" />
            {title}
          </Link>
        ))}
      </div>
    </nav>
  )
}
