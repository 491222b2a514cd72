import { Page } from '../../ui/page.tsx'

export function CallsPage() {
  return <Page title="Calls">{null}</Page>
}
