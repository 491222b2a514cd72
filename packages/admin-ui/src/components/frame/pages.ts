import { Boxes, FlaskConical, House, KeyRound, type LucideIcon, PhoneCall, ScrollText, ServerCog, Settings } from 'lucide-react'

/** The pages of the rail, in its order. */
export const PAGES = [
  { to: '/', title: 'Home', icon: House },
  { to: '/namespaces', title: 'Namespaces', icon: Boxes },
  { to: '/playground', title: 'Playground', icon: FlaskConical },
  { to: '/servers', title: 'Servers', icon: ServerCog },
  { to: '/calls', title: 'Calls', icon: PhoneCall },
  { to: '/logs', title: 'Logs', icon: ScrollText },
  { to: '/access', title: 'Access', icon: KeyRound },
  { to: '/settings', title: 'Settings', icon: Settings },
] as const satisfies readonly { to: string; title: string; icon: LucideIcon }[]
