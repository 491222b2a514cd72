import { ToolDockError } from './tooldock-error.ts'

const NO_ROOM: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT'])

/** A failed write for want of room, in words for whoever asked for it; everything else unchanged. */
export function fromFullDisk(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ToolDockError || !NO_ROOM.has((error as NodeJS.ErrnoException).code)) return error
  return new ToolDockError('disk_full', 'There is no room left on the disk that holds DATA_DIR.', undefined, { cause: error })
}
