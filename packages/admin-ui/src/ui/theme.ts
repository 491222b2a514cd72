import { useSyncExternalStore } from 'react'

/** What the person chose; `system` follows the machine. public/theme.js reads it before the first paint. */
export type Theme = 'system' | 'light' | 'dark'
const KEY = 'theme'
const DARK = matchMedia('(prefers-color-scheme: dark)')

function currentTheme(): Theme {
  const { theme } = document.documentElement.dataset
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

export function setTheme(theme: Theme): void {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme
    localStorage.removeItem(KEY)
  } else {
    document.documentElement.dataset.theme = theme
    localStorage.setItem(KEY, theme)
  }
}

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  DARK.addEventListener('change', listener)
  return () => {
    observer.disconnect()
    DARK.removeEventListener('change', listener)
  }
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, currentTheme)

/** What is shown: for what draws with colours of its own. */
export const useScheme = (): 'light' | 'dark' =>
  useSyncExternalStore(subscribe, () => {
    const theme = currentTheme()
    return theme === 'system' ? (DARK.matches ? 'dark' : 'light') : theme
  })
