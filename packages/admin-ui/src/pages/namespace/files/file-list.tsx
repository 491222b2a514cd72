import { FilePlus2, Upload } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import type { NamespaceFile } from '../../../api/generated/types.gen.ts'
import { IconButton } from '../../../ui/button.tsx'
import { cx } from '../../../ui/class-names.ts'
import { EmptyState } from '../../../ui/empty-state.tsx'
import { Tag } from '../../../ui/state-badge.tsx'

export interface FileListProps {
  readonly files: readonly NamespaceFile[]
  /** Files that are being written and not saved; some may not be in `files` yet. */
  readonly dirtyPaths: readonly string[]
  readonly chosen: string | undefined
  readonly onChoose: (path: string) => void
  readonly onNew: () => void
  readonly onUpload: (files: readonly File[]) => void
}

/** The files of a namespace; files dropped on it are uploaded. */
export function FileList({ files, dirtyPaths, chosen, onChoose, onNew, onUpload }: FileListProps) {
  const [isOver, setOver] = useState(false)
  const picker = useRef<HTMLInputElement>(null)
  const unsaved = dirtyPaths.filter((path) => !files.some((file) => file.path === path))
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    if (event.dataTransfer.files.length > 0) onUpload([...event.dataTransfer.files])
  }
  return (
    <section
      aria-label="Files"
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cx('flex h-full min-h-0 flex-col overflow-hidden rounded-lg border bg-surface', isOver && 'border-accent bg-selected')}
    >
      <header className="flex h-10 shrink-0 items-center gap-1 border-b pr-1.5 pl-3">
        <h2 className="flex-1 font-semibold">Files</h2>
        <IconButton label="Upload files" icon={Upload} size="sm" onClick={() => picker.current?.click()} />
        <IconButton label="New file" icon={FilePlus2} size="sm" onClick={onNew} />
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label="Files to upload"
          onChange={({ target }) => {
            if (target.files !== null && target.files.length > 0) onUpload([...target.files])
            target.value = ''
          }}
        />
      </header>
      {files.length === 0 && unsaved.length === 0 ? (
        <EmptyState title="No files yet">Every exported tool of a file is served. Begin with a template, or drop files here.</EmptyState>
      ) : (
        <ul className="min-h-0 flex-1 overflow-y-auto py-1">
          {unsaved.map((path) => (
            <FileRow key={path} path={path} isChosen={path === chosen} isDirty tag="new" onChoose={onChoose} />
          ))}
          {files.map((file) => (
            <FileRow
              key={file.path}
              path={file.path}
              isChosen={file.path === chosen}
              isDirty={dirtyPaths.includes(file.path)}
              tag={tagOf(file)}
              onChoose={onChoose}
            />
          ))}
        </ul>
      )}
      <p className="border-t px-3 py-1 text-ink-3 text-xs">Drop files to upload</p>
    </section>
  )
}

function tagOf({ draft, published, path }: NamespaceFile): string | undefined {
  if (draft) return 'draft'
  return published || /(^|\/)[._]|\.test\.|package(-lock)?\.json$/.test(path) ? undefined : 'unpublished'
}

interface FileRowProps {
  readonly path: string
  readonly isChosen: boolean
  readonly isDirty: boolean
  readonly tag: string | undefined
  readonly onChoose: (path: string) => void
}

function FileRow({ path, isChosen, isDirty, tag, onChoose }: FileRowProps) {
  return (
    <li>
      <button
        type="button"
        aria-current={isChosen}
        title={path}
        onClick={() => onChoose(path)}
        className={cx('flex h-8 w-full items-center gap-1.5 px-3 text-left focus-visible:-outline-offset-2', isChosen ? 'bg-selected' : 'hover:bg-hover')}
      >
        <code className="min-w-0 flex-1 truncate">{path}</code>
        {tag && <Tag>{tag}</Tag>}
        {isDirty && (
          <span role="img" aria-label="not saved" title="Not saved" className="text-accent">
            ●
          </span>
        )}
      </button>
    </li>
  )
}
