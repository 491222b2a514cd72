import { Page } from '../../ui/page.tsx'

export function NamespacesPage() {
  return <Page title="Namespaces">{null}</Page>
}
