import { Eye, EyeOff, Search, X } from 'lucide-react'
import { Switch as RadixSwitch } from 'radix-ui'
import { type ComponentProps, type ReactNode, useEffect, useRef, useState } from 'react'
import { IconButton } from './button.tsx'
import { cx } from './class-names.ts'
import { isTyping } from './hotkeys.ts'

export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return <input type="text" autoComplete="off" spellCheck={false} {...rest} className={cx('control', className)} />
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea rows={4} spellCheck={false} {...rest} className={cx('control h-auto py-1.5 leading-5', className)} />
}

/** The browser's own choice of one: works with every keyboard, screen reader and phone. */
export function Select({ className, children, ...rest }: ComponentProps<'select'>) {
  return (
    <select {...rest} className={cx('control pr-1', className)}>
      {children}
    </select>
  )
}

export function Checkbox({ label, className, ...rest }: Omit<ComponentProps<'input'>, 'type'> & { readonly label: ReactNode }) {
  return (
    <label className={cx('flex min-h-7 items-center gap-2', className)}>
      <input type="checkbox" {...rest} className="size-4 shrink-0" />
      <span>{label}</span>
    </label>
  )
}

export interface SwitchProps {
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly label: string
  readonly disabled?: boolean
  readonly id?: string
}

/** On or off at once, without a button to save. */
export function Switch({ checked, onChange, label, disabled, id }: SwitchProps) {
  return (
    <RadixSwitch.Root
      id={id}
      checked={checked}
      onCheckedChange={onChange}
      disabled={disabled}
      aria-label={label}
      className="relative h-5 w-9 shrink-0 rounded-full border border-line-strong bg-sunken transition-colors data-[state=checked]:border-accent-fill data-[state=checked]:bg-accent-fill disabled:opacity-55"
    >
      <RadixSwitch.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-ink-3 transition-transform data-[state=checked]:translate-x-[18px] data-[state=checked]:bg-on-fill" />
    </RadixSwitch.Root>
  )
}

/** A secret that is shown only while its eye is open. */
export function SecretInput({ className, ...rest }: Omit<ComponentProps<'input'>, 'type'>) {
  const [isShown, setShown] = useState(false)
  return (
    <div className="relative">
      <input type={isShown ? 'text' : 'password'} autoComplete="off" spellCheck={false} {...rest} className={cx('control pr-9 font-mono', className)} />
      <IconButton
        label={isShown ? 'Hide' : 'Show'}
        icon={isShown ? EyeOff : Eye}
        size="sm"
        className="absolute top-0.5 right-0.5"
        onClick={() => setShown(!isShown)}
      />
    </div>
  )
}

export interface SearchInputProps {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly label: string
  readonly placeholder?: string
  readonly className?: string
  /** Does `/` anywhere on the page focus it? Default: yes; one of a page should. */
  readonly slash?: boolean
}

/** `/` focuses it, Esc empties and leaves it. */
export function SearchInput({ value, onChange, label, placeholder = label, className, slash = true }: SearchInputProps) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (!slash) return
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
      event.preventDefault()
      input.current?.focus()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [slash])
  return (
    <div className={cx('relative w-full sm:w-64', className)}>
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-3" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={value}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          if (value === '') event.currentTarget.blur()
          else onChange('')
        }}
        className="control pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden"
      />
      {value === '' && slash ? (
        <kbd aria-hidden className="pointer-events-none absolute top-1.5 right-2 hidden h-5 rounded-sm border px-1.5 text-ink-3 text-xs sm:block">
          /
        </kbd>
      ) : (
        value !== '' && <IconButton label="Clear" icon={X} size="sm" className="absolute top-0.5 right-0.5" onClick={() => onChange('')} />
      )}
    </div>
  )
}
