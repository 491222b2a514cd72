import { Page } from '../../ui/page.tsx'

export function NamespacePage() {
  return <Page title="Namespace">{null}</Page>
}
