import { Page } from '../../ui/page.tsx'

export function ServerAddPage() {
  return <Page title="Add server">{null}</Page>
}
