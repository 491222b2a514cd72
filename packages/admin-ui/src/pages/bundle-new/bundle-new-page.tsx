import { Page } from '../../ui/page.tsx'

export function BundleNewPage() {
  return <Page title="New bundle">{null}</Page>
}
