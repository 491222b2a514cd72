import { SkeletonLines } from '../../ui/skeleton.tsx'

/** While the code of a page is on its way. */
export function PagePending() {
  return (
    <div className="p-5">
      <SkeletonLines lines={6} />
    </div>
  )
}
