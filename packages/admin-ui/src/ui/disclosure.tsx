import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { cx } from './class-names.ts'

/** Something that is there when it is asked for. */
export function Disclosure({ title, children }: { readonly title: ReactNode; readonly children: ReactNode }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <div>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="inline-flex h-7 items-center gap-1 rounded-sm pr-1 text-ink-2 text-xs hover:text-ink"
      >
        <ChevronRight aria-hidden className={cx('size-3.5 transition-transform', isOpen && 'rotate-90')} />
        {title}
      </button>
      {isOpen && <div className="space-y-1 pl-1">{children}</div>}
    </div>
  )
}
