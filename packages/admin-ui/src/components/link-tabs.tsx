import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { TAB, TAB_LIST } from '../ui/tabs.tsx'

export interface LinkTab {
  readonly link: LinkProps
  readonly label: ReactNode
  readonly isActive: boolean
}

/** Tabs that are addresses of their own. */
export function LinkTabs({ label, tabs }: { readonly label: string; readonly tabs: readonly LinkTab[] }) {
  return (
    <nav aria-label={label} className={TAB_LIST}>
      {tabs.map(({ link, label: words, isActive }) => (
        <Link
          key={`${link.to} ${JSON.stringify(link.params)}`}
          {...link}
          aria-current={isActive ? 'page' : undefined}
          data-state={isActive ? 'active' : 'inactive'}
          className={TAB}
        >
          {words}
        </Link>
      ))}
    </nav>
  )
}
