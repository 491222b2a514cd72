import { Command } from 'cmdk'
import { Check, ChevronsUpDown } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useState } from 'react'
import { cx } from './class-names.ts'
import { usePortalHost } from './portal-host.ts'

export interface ComboboxOption<T extends string> {
  readonly value: T
  readonly label: string
  /** More words, at the right, searched too. */
  readonly detail?: string
  readonly group?: string
}

export interface ComboboxProps<T extends string> {
  readonly label: string
  readonly value: T | null
  readonly onChange: (value: T) => void
  readonly options: readonly ComboboxOption<T>[]
  readonly placeholder?: string
  /** What is said when nothing is found. */
  readonly none?: string
  readonly id?: string
  readonly className?: string
}

/** One of many, found by typing. */
export function Combobox<T extends string>({
  label,
  value,
  onChange,
  options,
  placeholder = 'Choose…',
  none = 'Nothing found.',
  id,
  className,
}: ComboboxProps<T>) {
  const [isOpen, setOpen] = useState(false)
  const container = usePortalHost()
  const chosen = options.find((option) => option.value === value)
  const groups = [...Map.groupBy(options, ({ group }) => group ?? '')]
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button
          type="button"
          id={id}
          role="combobox"
          aria-expanded={isOpen}
          aria-haspopup="dialog"
          aria-label={`${label}: ${chosen?.label ?? 'none'}`}
          className={cx('control flex items-center gap-2 text-left', className)}
        >
          <span className={cx('min-w-0 flex-1 truncate', chosen === undefined && 'text-ink-3')}>{chosen?.label ?? placeholder}</span>
          <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-ink-3" />
        </button>
      </Popover.Trigger>
      <Popover.Portal container={container}>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="z-50 w-[max(var(--radix-popover-trigger-width),18rem)] max-w-[calc(100vw-1rem)] animate-enter rounded-lg border bg-raised shadow-raised"
        >
          <Command label={label} loop>
            <Command.Input autoFocus placeholder="Type to search" className="h-9 w-full border-b bg-transparent px-3 outline-none" />
            <Command.List className="max-h-72 overflow-y-auto p-1">
              <Command.Empty className="px-2 py-3 text-ink-2">{none}</Command.Empty>
              {groups.map(([group, members]) => (
                <Command.Group
                  key={group}
                  heading={group || undefined}
                  className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-ink-3 [&_[cmdk-group-heading]]:text-xs"
                >
                  {members.map((option) => (
                    <Command.Item
                      key={option.value}
                      value={`${group} ${option.value}`}
                      keywords={[option.label, option.detail ?? '']}
                      onSelect={() => {
                        onChange(option.value)
                        setOpen(false)
                      }}
                      className="flex min-h-8 cursor-default items-center gap-2 rounded-sm px-2 data-[selected=true]:bg-hover"
                    >
                      <Check aria-hidden className={cx('size-4 shrink-0 text-accent', option.value !== value && 'invisible')} />
                      <span className="truncate">{option.label}</span>
                      {option.detail && <span className="ml-auto truncate pl-2 text-ink-3 text-xs">{option.detail}</span>}
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
