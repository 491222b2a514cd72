import { useEffect, useEffectEvent } from 'react'

const WRITABLE = 'input, textarea, select, [contenteditable]:not([contenteditable=false])'

/** Does this key go into something that is written in? Also inside of a shadow tree, as the code editor is. */
export function isTyping(event: Event): boolean {
  const [target] = event.composedPath()
  return target instanceof Element && target.closest(WRITABLE) !== null
}

export interface Hotkey {
  /** As `KeyboardEvent.key`, such as `s` or `Enter`. */
  readonly key: string
  /** Ctrl, or Cmd on a Mac. */
  readonly mod?: boolean
  /** Also while something is written; with `mod` always. */
  readonly whileTyping?: boolean
}

/** Runs `action` when the keys are pressed anywhere on the page while the component is shown and `enabled`. */
export function useHotkey({ key, mod = false, whileTyping = mod }: Hotkey, action: (event: KeyboardEvent) => void, enabled = true): void {
  const onAction = useEffectEvent(action)
  useEffect(() => {
    if (!enabled) return
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== key.toLowerCase() || (event.ctrlKey || event.metaKey) !== mod || event.altKey || event.defaultPrevented) return
      if (!whileTyping && isTyping(event)) return
      event.preventDefault()
      onAction(event)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [key, mod, whileTyping, enabled])
}

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** How the keys are written on this machine: `⌘K` or `Ctrl K`. */
export const modKeys = (key: string): string => (IS_MAC ? `⌘${key}` : `Ctrl ${key}`)
