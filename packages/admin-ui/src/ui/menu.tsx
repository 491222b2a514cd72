import type { LucideIcon } from 'lucide-react'
import { Check } from 'lucide-react'
import { DropdownMenu as Radix } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { cx } from './class-names.ts'
import { usePortalHost } from './portal-host.ts'

const ITEM =
  'flex h-8 cursor-default select-none items-center gap-2 rounded-sm px-2 text-sm outline-none data-[highlighted]:bg-hover data-[disabled]:opacity-50'

/** A menu that `trigger`, one button, opens. */
export function Menu({ trigger, align = 'end', children }: { readonly trigger: ReactElement; readonly align?: 'start' | 'end'; readonly children: ReactNode }) {
  const container = usePortalHost()
  return (
    // Not modal: what makes it so writes a <style> element, which the Content-Security-Policy forbids.
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={container}>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 min-w-44 max-w-80 animate-enter rounded-lg border bg-raised p-1 shadow-raised"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export interface MenuItemProps {
  readonly icon?: LucideIcon
  readonly onSelect: () => void
  readonly danger?: boolean
  readonly disabled?: boolean
  /** Keys that do the same, at the right. */
  readonly keys?: string
  readonly children: ReactNode
}

export function MenuItem({ icon: Icon, onSelect, danger, disabled, keys, children }: MenuItemProps) {
  return (
    <Radix.Item disabled={disabled} onSelect={onSelect} className={cx(ITEM, danger && 'text-failed')}>
      {Icon && <Icon aria-hidden className="size-4 shrink-0 opacity-75" />}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {keys && <kbd className="text-ink-3 text-xs">{keys}</kbd>}
    </Radix.Item>
  )
}

/** One of several of which exactly one holds. */
export function MenuChoice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: T
  readonly options: readonly { readonly value: T; readonly label: string }[]
  readonly onChange: (value: T) => void
}) {
  return (
    <Radix.RadioGroup value={value} onValueChange={(next) => onChange(next as T)} aria-label={label}>
      <Radix.Label className="px-2 pt-1.5 pb-1 text-ink-3 text-xs">{label}</Radix.Label>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={ITEM}>
          <span className="flex-1">{option.label}</span>
          <Radix.ItemIndicator>
            <Check aria-hidden className="size-4 text-accent" />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  )
}

export const MenuSeparator = () => <Radix.Separator className="my-1 border-t" />

export const MenuLabel = ({ children }: { readonly children: ReactNode }) => <Radix.Label className="px-2 py-1.5 text-ink-3 text-xs">{children}</Radix.Label>
