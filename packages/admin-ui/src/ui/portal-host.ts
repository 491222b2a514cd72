import { createContext, use } from 'react'

/** Where menus and tooltips are put: inside the open modal dialog, because everything outside of one is inert. */
export const PortalHost = createContext<HTMLElement | null>(null)

export const usePortalHost = (): HTMLElement | undefined => use(PortalHost) ?? undefined
