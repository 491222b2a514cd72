import { useQuery } from '@tanstack/react-query'
import { CircleUserRound, LogOut } from 'lucide-react'
import { sessionQuery, useSessionKeeper } from '../../api/session.ts'
import { IconButton } from '../../ui/button.tsx'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '../../ui/menu.tsx'
import { setTheme, type Theme, useTheme } from '../../ui/theme.ts'
import { useToast } from '../../ui/toast.tsx'

const THEMES: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

/** Who is signed in, light or dark, and the way out. */
export function AccountMenu() {
  const keeper = useSessionKeeper()
  const { data: session } = useQuery(sessionQuery(keeper))
  const theme = useTheme()
  const toast = useToast()
  const signOut = (): void =>
    void keeper
      .signOut()
      .catch((error: unknown) => toast({ state: 'failed', title: 'Signing out failed', detail: error instanceof Error ? error.message : '' }))
  return (
    <Menu trigger={<IconButton label="Account and appearance" icon={CircleUserRound} />}>
      {session && (
        <MenuLabel>{session.authDisabled ? 'Nobody has to sign in here (AUTH_DISABLED)' : `${session.principal.name} · ${session.principal.role}`}</MenuLabel>
      )}
      <MenuSeparator />
      <MenuChoice label="Appearance" value={theme} options={THEMES} onChange={setTheme} />
      {session && !session.authDisabled && (
        <>
          <MenuSeparator />
          <MenuItem icon={LogOut} onSelect={signOut}>
            Sign out
          </MenuItem>
        </>
      )}
    </Menu>
  )
}
