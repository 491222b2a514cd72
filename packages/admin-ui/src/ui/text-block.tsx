import { cx } from './class-names.ts'
import { CopyButton } from './copy-button.tsx'

/** Text as a program wrote it, scrolling in itself, with a button that copies it. */
export function TextBlock({ text, label, className }: { readonly text: string; readonly label: string; readonly className?: string }) {
  return (
    <div className="group/text relative">
      <section
        aria-label={label}
        // Scrolls: it must be reachable by keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        tabIndex={0}
        className={cx('max-h-80 overflow-auto rounded-md border bg-sunken p-2.5 pr-10', className)}
      >
        <pre className="font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">{text}</pre>
      </section>
      <div className="absolute top-1 right-1 opacity-0 focus-within:opacity-100 group-hover/text:opacity-100">
        <CopyButton text={text} label={`Copy ${label}`} size="sm" />
      </div>
    </div>
  )
}
