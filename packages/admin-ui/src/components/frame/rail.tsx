import { Link } from '@tanstack/react-router'
import { Tooltip } from '../../ui/tooltip.tsx'
import { PAGES } from './pages.ts'

const LINK =
  'flex h-8 items-center gap-2.5 rounded-md px-2 text-ink-2 hover:bg-hover hover:text-ink data-[status=active]:bg-selected data-[status=active]:font-medium data-[status=active]:text-ink max-lg:justify-center'

/** The pages at the left: words and icons, icons alone on narrower windows. */
export function Rail() {
  return (
    <nav aria-label="Pages" className="hidden w-52 shrink-0 flex-col gap-0.5 border-r bg-surface p-2 max-lg:w-12 sm:flex">
      <Link
        to="/"
        aria-label="ToolDock, home"
        className="mb-2 flex h-8 items-center gap-2.5 rounded-md px-1.5 font-semibold text-base max-lg:justify-center max-lg:px-0"
      >
        <img src="icon.svg" alt="" className="size-5" />
        <span className="max-lg:hidden">ToolDock</span>
      </Link>
      {PAGES.map(({ to, title, icon: Icon }) => (
        <Tooltip key={to} text={title} side="right">
          <Link to={to} activeOptions={{ exact: to === '/', includeSearch: false }} className={LINK}>
            <Icon aria-hidden className="size-4 shrink-0" />
            <span className="max-lg:sr-only">{title}</span>
          </Link>
        </Tooltip>
      ))}
    </nav>
  )
}
