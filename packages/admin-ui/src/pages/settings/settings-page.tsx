import { useNavigate, useSearch } from '@tanstack/react-router'
import { Page } from '../../ui/page.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { About } from './about.tsx'
import { AuditLog } from './audit-log.tsx'
import { EffectiveSettings } from './effective-settings.tsx'
import { Health } from './health.tsx'
import { SecretsTab } from './secrets.tsx'

const TABS = ['settings', 'secrets', 'health', 'audit', 'about'] as const
type Tab = (typeof TABS)[number]

/** What is in force and where it came from, how the gateway is, and what it is. */
export function SettingsPage() {
  const search = useSearch({ strict: false })
  const navigate = useNavigate()
  const tab = TABS.find((name) => name === search.tab) ?? 'settings'
  return (
    <Page title="Settings">
      <Tabs<Tab>
        label="Settings"
        value={tab}
        onChange={(next) => void navigate({ to: '/settings', search: next === 'settings' ? {} : { tab: next }, replace: true })}
        tabs={[
          { value: 'settings', label: 'Effective settings', content: <EffectiveSettings /> },
          { value: 'secrets', label: 'Secrets', content: <SecretsTab /> },
          { value: 'health', label: 'Health', content: <Health /> },
          { value: 'audit', label: 'Audit log', content: <AuditLog /> },
          { value: 'about', label: 'About', content: <About /> },
        ]}
      />
    </Page>
  )
}
