import { Check, Copy, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, IconButton } from './button.tsx'

export interface CopyButtonProps {
  /** What is copied, or what makes it when the button is pressed. */
  readonly text: string | (() => string | Promise<string>)
  /** What it does: `Copy the URL of demo`. */
  readonly label: string
  /** With words on it instead of an icon alone. */
  readonly words?: string
  readonly size?: 'sm' | 'md'
  readonly className?: string
}

const CONFIRMED_MS = 2000
const OUTCOMES = {
  ready: { icon: Copy, label: undefined },
  copied: { icon: Check, label: 'Copied' },
  failed: { icon: X, label: 'The browser did not allow it: select the text and copy it' },
}

/** Copies with one press and says so on itself. */
export function CopyButton({ text, label, words, size = 'md', className }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<keyof typeof OUTCOMES>('ready')
  useEffect(() => {
    if (outcome === 'ready') return
    const timer = setTimeout(() => setOutcome('ready'), CONFIRMED_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : await text())
      setOutcome('copied')
    } catch {
      // Without TLS, or when it is forbidden, a page may not write to the clipboard: the button says what to do.
      setOutcome('failed')
    }
  }
  const { icon, label: outcomeLabel } = OUTCOMES[outcome]
  const name = outcomeLabel ?? label
  if (words === undefined) return <IconButton label={name} icon={icon} size={size} className={className} onClick={() => void copy()} />
  return (
    <Button icon={icon} size={size} className={className} aria-label={name} onClick={() => void copy()}>
      {outcome === 'copied' ? 'Copied' : words}
    </Button>
  )
}
