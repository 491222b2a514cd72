import { X } from 'lucide-react'
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { IconButton } from './button.tsx'
import { type State, StateIcon } from './state-badge.tsx'

export interface Toast {
  readonly state: State
  readonly title: string
  readonly detail?: ReactNode
  readonly action?: ReactNode
}
interface ShownToast extends Toast {
  readonly id: number
}

/** Failures stay until they are closed. */
const SHOWN_MS = 5000
const TOASTS_MAX = 4

const ToastContext = createContext<((toast: Toast) => void) | null>(null)

/** Says the outcome of something; an error is shown where its cause is, too. */
export function useToast(): (toast: Toast) => void {
  const show = use(ToastContext)
  if (show === null) throw new Error('useToast is for components inside of ToastProvider')
  return show
}

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly ShownToast[]>([])
  const nextId = useRef(0)
  const show = useCallback((toast: Toast) => {
    const id = nextId.current++
    setToasts((shown) => [...shown.slice(1 - TOASTS_MAX), { ...toast, id }])
  }, [])
  const close = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), [])
  return (
    <ToastContext value={show}>
      {children}
      <Toasts toasts={toasts} close={close} />
    </ToastContext>
  )
}

function Toasts({ toasts, close }: { readonly toasts: readonly ShownToast[]; readonly close: (id: number) => void }) {
  const area = useRef<HTMLElement>(null)
  const newest = toasts.at(-1)?.id
  // A popover that is opened again lies above a modal dialog that was opened meanwhile.
  useEffect(() => {
    if (newest === undefined) return
    const element = area.current
    element?.showPopover()
    return () => element?.hidePopover()
  }, [newest])
  return (
    <section
      ref={area}
      popover="manual"
      aria-label="Messages"
      className="inset-auto right-3 bottom-3 w-[min(24rem,calc(100%-1.5rem))] space-y-2 bg-transparent p-0 text-ink"
    >
      <div role="status" className="space-y-2">
        {toasts.map((toast) => (
          <ToastCard key={toast.id} toast={toast} close={close} />
        ))}
      </div>
    </section>
  )
}

function ToastCard({ toast, close }: { readonly toast: ShownToast; readonly close: (id: number) => void }) {
  const [isHeld, setHeld] = useState(false)
  const stays = isHeld || toast.state === 'failed'
  useEffect(() => {
    if (stays) return
    const timer = setTimeout(() => close(toast.id), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [stays, close, toast.id])
  const hold = useMemo(
    () => ({ onPointerEnter: () => setHeld(true), onPointerLeave: () => setHeld(false), onFocus: () => setHeld(true), onBlur: () => setHeld(false) }),
    [],
  )
  return (
    <div {...hold} className="flex animate-enter items-start gap-2.5 rounded-lg border bg-raised py-2 pr-1.5 pl-3 shadow-raised">
      <StateIcon state={toast.state} className="mt-1" />
      <div className="min-w-0 flex-1 py-0.5">
        <p className="font-medium [overflow-wrap:anywhere]">{toast.title}</p>
        {toast.detail && <div className="text-ink-2 [overflow-wrap:anywhere]">{toast.detail}</div>}
        {toast.action && <div className="mt-1.5">{toast.action}</div>}
      </div>
      <IconButton label="Close" icon={X} size="sm" onClick={() => close(toast.id)} />
    </div>
  )
}
