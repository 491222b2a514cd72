import { Search } from 'lucide-react'
import { modKeys } from '../../ui/hotkeys.ts'
import { AccountMenu } from './account-menu.tsx'
import { Breadcrumb } from './breadcrumb.tsx'
import { GatewayState } from './gateway-state.tsx'

export function TopBar({ onOpenPalette }: { readonly onOpenPalette: () => void }) {
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface pr-2 pl-3 sm:pl-5">
      <Breadcrumb />
      <button
        type="button"
        onClick={onOpenPalette}
        aria-keyshortcuts="Control+K Meta+K"
        className="flex h-8 shrink-0 items-center gap-2 rounded-md border border-line-strong px-2.5 text-ink-3 hover:bg-hover max-md:border-transparent md:w-64"
      >
        <Search aria-hidden className="size-4" />
        <span className="flex-1 text-left max-md:sr-only">Find or do anything</span>
        <kbd aria-hidden className="hidden text-xs md:inline">
          {modKeys('K')}
        </kbd>
      </button>
      <GatewayState />
      <AccountMenu />
    </header>
  )
}
