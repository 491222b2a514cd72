import type { LucideIcon } from 'lucide-react'
import { LoaderCircle } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cx } from './class-names.ts'
import { Tooltip } from './tooltip.tsx'

export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger'

const VARIANTS: Readonly<Record<ButtonVariant, string>> = {
  primary: 'bg-accent-fill text-on-fill hover:bg-accent-fill-hover border-transparent',
  secondary: 'bg-surface text-ink border-line-strong hover:bg-hover',
  ghost: 'text-ink-2 border-transparent hover:bg-hover hover:text-ink',
  danger: 'bg-failed-fill text-on-fill border-transparent hover:brightness-110',
}
const SHARED = 'inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium disabled:opacity-55'

/** How a button looks, for what is a link and should look like one. */
export const buttonClass = (variant: ButtonVariant = 'secondary', size: 'sm' | 'md' = 'md'): string =>
  cx(SHARED, VARIANTS[variant], size === 'sm' ? 'h-7 px-2 text-xs' : 'h-8 px-3 text-sm')
const iconButtonClass = (variant: ButtonVariant, size: 'sm' | 'md'): string => cx(SHARED, VARIANTS[variant], size === 'sm' ? 'size-7' : 'size-8')

export interface ButtonProps extends ComponentProps<'button'> {
  readonly variant?: ButtonVariant
  readonly size?: 'sm' | 'md'
  readonly icon?: LucideIcon
  /** What was asked for is under way: shows it and takes no second press. */
  readonly working?: boolean
}

export function Button({ variant, size, icon: Icon, working = false, className, children, disabled, ...rest }: ButtonProps) {
  const Shown = working ? LoaderCircle : Icon
  return (
    <button type="button" {...rest} disabled={disabled || working} aria-busy={working || undefined} className={cx(buttonClass(variant, size), className)}>
      {Shown && <Shown aria-hidden className={cx('size-4', working && 'animate-spin')} />}
      {children}
    </button>
  )
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  /** Its name, also shown as a tooltip. */
  readonly label: string
  readonly icon: LucideIcon
}

export function IconButton({ label, icon: Icon, variant = 'ghost', size = 'md', working = false, className, disabled, ...rest }: IconButtonProps) {
  const Shown = working ? LoaderCircle : Icon
  return (
    <Tooltip text={label}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        disabled={disabled || working}
        aria-busy={working || undefined}
        className={cx(iconButtonClass(variant, size), className)}
      >
        <Shown aria-hidden className={cx('size-4', working && 'animate-spin')} />
      </button>
    </Tooltip>
  )
}
