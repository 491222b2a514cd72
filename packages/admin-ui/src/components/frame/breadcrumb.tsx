import { Link, useMatches } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'

/** Where one is: the page, and the thing it shows. */
export function Breadcrumb() {
  const match = useMatches().at(-1)
  const page = match?.staticData.crumb ?? 'Home'
  const params = (match?.params ?? {}) as { readonly ns?: string; readonly tab?: string }
  const root = match?.pathname.split('/')[1] ?? ''
  return (
    <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
      <ol className="flex min-w-0 items-center gap-1 text-ink-2">
        <li className="shrink-0">
          {params.ns === undefined ? (
            <span aria-current="page" className="font-medium text-ink">
              {page}
            </span>
          ) : (
            <Link to={root === 'servers' ? '/servers' : '/namespaces'} className="hover:text-ink hover:underline">
              {page}
            </Link>
          )}
        </li>
        {params.ns !== undefined && (
          <li className="flex min-w-0 items-center gap-1">
            <ChevronRight aria-hidden className="size-3.5 shrink-0 text-ink-3" />
            <span aria-current="page" className="truncate font-medium font-mono text-ink">
              {params.ns}
            </span>
          </li>
        )}
      </ol>
    </nav>
  )
}
