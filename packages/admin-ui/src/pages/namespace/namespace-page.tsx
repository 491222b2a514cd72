import { useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { Page } from '../../ui/page.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'

const FilesTab = lazy(() => import('../namespaces/files/files-tab.tsx').then((module) => ({ default: module.FilesTab })))

export function NamespacePage() {
  const { ns, tab } = useParams({ from: '/frame/namespaces/$ns/{-$tab}' })
  return (
    <Page title={<code>{ns}</code>}>
      {tab === 'files' && (
        <Suspense fallback={<SkeletonLines lines={10} />}>
          <FilesTab key={ns} namespace={ns} />
        </Suspense>
      )}
    </Page>
  )
}
