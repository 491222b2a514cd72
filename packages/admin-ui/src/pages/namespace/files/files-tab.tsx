import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useState } from 'react'
import { invalidate, useGatewayEvent } from '../../../api/events.ts'
import { getNamespacesNsFilesOptions, getNamespacesNsFilesPathOptions } from '../../../api/generated/@tanstack/react-query.gen.ts'
import { deleteNamespacesNsFilesPath } from '../../../api/generated/sdk.gen.ts'
import type { LoadProblem, NamespaceFile, SaveResult } from '../../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../../components/api-error-notice.tsx'
import { cx } from '../../../ui/class-names.ts'
import type { CodeEditorProps } from '../../../ui/code-editor/code-editor.tsx'
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx'
import { EmptyState } from '../../../ui/empty-state.tsx'
import { useHotkey } from '../../../ui/hotkeys.ts'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { useToast } from '../../../ui/toast.tsx'
import { ViewSwitch } from '../../../ui/view-switch.tsx'
import { ConflictDialog } from './conflict-dialog.tsx'
import { EditorPane } from './editor-pane.tsx'
import { FileList } from './file-list.tsx'
import { HistoryDrawer } from './history-drawer.tsx'
import { LeaveDialog } from './leave-dialog.tsx'
import { NewFileDialog } from './new-file-dialog.tsx'
import { RenameDialog } from './rename-dialog.tsx'
import { RunPane } from './run-pane.tsx'
import { SaveDialog } from './save-dialog.tsx'
import type { Conflict } from './save-file.ts'
import { UploadDialog } from './upload-dialog.tsx'
import { useLanguage } from './use-language.ts'
import { useValidation } from './use-validation.ts'
import { useWorkingCopies } from './use-working-copies.ts'
import { isDirty, mergeRead, newCopy, preconditionOf } from './working-copy.ts'

type Pane = 'files' | 'editor' | 'run'

const panes: readonly { readonly value: Pane; readonly label: string }[] = [
  { value: 'files', label: 'Files' },
  { value: 'editor', label: 'Editor' },
  { value: 'run', label: 'Run' },
]

/** What lies over the editor; one thing at a time. */
type Overlay =
  | { readonly kind: 'new' | 'save' | 'rename' | 'delete' | 'history' }
  | { readonly kind: 'upload'; readonly files: readonly File[] }
  | { readonly kind: 'conflict'; readonly conflict: Conflict }

/** The files of a native namespace: list, editor, problems and a run beside each other. The address names the open file. */
export function FilesTab({ namespace }: { readonly namespace: string }) {
  const files = useQuery(getNamespacesNsFilesOptions({ path: { ns: namespace } }))
  const queryClient = useQueryClient()
  useGatewayEvent('namespace.', (event) => {
    if (event.namespace === namespace || event.name === namespace) void invalidate(queryClient, ['getNamespacesNsFiles', 'getNamespacesNsFilesPath'])
  })
  if (files.isError) return <ApiErrorNotice title="The files could not be loaded" error={files.error} onRetry={() => void files.refetch()} />
  if (files.data === undefined) return <SkeletonLines lines={10} />
  return <Workbench namespace={namespace} files={files.data.files} />
}

function Workbench({ namespace, files }: { readonly namespace: string; readonly files: readonly NamespaceFile[] }) {
  const search = useSearch({ strict: false }) as { readonly file?: unknown }
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const toast = useToast()
  const [pane, setPane] = useState<Pane>('editor')
  const [overlay, setOverlay] = useState<Overlay | null>(null)
  const [reveal, setReveal] = useState<CodeEditorProps['reveal']>(undefined)
  const working = useWorkingCopies()
  const { copies, dirtyPaths } = working
  const path = typeof search.file === 'string' ? search.file : firstSource(files)
  const copy = path === undefined ? undefined : copies.get(path)
  const isListed = files.some((file) => file.path === path)
  const read = useQuery({ ...getNamespacesNsFilesPathOptions({ path: { ns: namespace, path: path ?? '' } }), enabled: isListed })
  const language = useLanguage(namespace, files, copies)
  const validation = useValidation(namespace, copies)
  const close = (): void => setOverlay(null)
  const open = (next: string | undefined): void => {
    setReveal(undefined)
    setPane('editor')
    void navigate({ to: '.', search: (before: Record<string, unknown>) => ({ ...before, file: next }) as never, replace: path === undefined })
  }
  const refresh = (): Promise<void> =>
    invalidate(queryClient, ['getNamespacesNsFiles', 'getNamespacesNsFilesPath', 'getNamespacesNsHistory', 'getTools', 'getToolsNsTool'])

  const take = useEffectEvent((file: NonNullable<typeof read.data>) => {
    const merged = mergeRead(copies.get(file.path), file)
    if (merged.copy !== null) working.set(merged.copy)
    if (merged.isConflict) toast({ state: 'warning', title: `${file.path} was changed by somebody else`, detail: 'Saving will show both versions.' })
  })
  useEffect(() => {
    if (read.data !== undefined) take(read.data)
  }, [read.data])

  const save = (): void => {
    if (copy !== undefined && (isDirty(copy) || copy.draft !== null) && overlay === null) setOverlay({ kind: 'save' })
  }
  useHotkey({ key: 's', mod: true }, save)
  const saved = async ({ draft, etag, file }: SaveResult): Promise<void> => {
    close()
    if (copy !== undefined) working.set({ ...copy, base: copy.content, etag: etag ?? file?.etag ?? null })
    toast(draft ? { state: 'warning', title: `Draft of ${path} kept`, detail: 'It is not published.' } : { state: 'ok', title: `${path} published` })
    await refresh()
  }
  const goTo = (problem: LoadProblem): void => {
    close()
    if (problem.file !== path && files.some((file) => file.path === problem.file)) open(problem.file)
    setPane('editor')
    setReveal({ line: problem.line ?? 1, column: problem.column })
  }
  const remove = async (): Promise<void> => {
    if (copy === undefined) return
    await deleteNamespacesNsFilesPath({ path: { ns: namespace, path: copy.path }, headers: preconditionOf(copy), throwOnError: true })
    working.forget(copy.path)
    toast({ state: 'ok', title: `${copy.path} deleted` })
    open(undefined)
    await refresh()
  }
  const discardDraft = async (): Promise<void> => {
    if (copy === undefined) return
    await deleteNamespacesNsFilesPath({ path: { ns: namespace, path: copy.path }, query: { draft: 'true' }, headers: preconditionOf(copy), throwOnError: true })
    working.forget(copy.path)
    if (copy.saved === null) open(undefined)
    await refresh()
  }
  const discardChanges = (): void => {
    if (copy === undefined) return
    if (copy.etag !== null) return working.write(copy.path, copy.base)
    working.forget(copy.path)
    open(undefined)
  }
  const paths = files.map((file) => file.path)
  return (
    <>
      <ViewSwitch label="Part of the editor" value={pane} onChange={setPane} options={panes} className="mb-2 lg:hidden" />
      <div className="grid h-[calc(100dvh-13rem)] min-h-96 gap-3 lg:grid-cols-[13rem_minmax(0,1.7fr)_minmax(18rem,1fr)]">
        <div className={cx('min-h-0', pane !== 'files' && 'max-lg:hidden')}>
          <FileList
            files={files}
            dirtyPaths={dirtyPaths}
            chosen={path}
            onChoose={open}
            onNew={() => setOverlay({ kind: 'new' })}
            onUpload={(dropped) => setOverlay({ kind: 'upload', files: dropped })}
          />
        </div>
        <div className={cx('min-h-0', pane !== 'editor' && 'max-lg:hidden')}>
          {copy === undefined ? (
            <div className="h-full rounded-lg border bg-surface p-4">
              {read.isError && <ApiErrorNotice title={`${path} could not be read`} error={read.error} onRetry={() => void read.refetch()} />}
              {read.isLoading && <SkeletonLines lines={10} />}
              {read.data !== undefined && <EmptyState title="Not a text">This file can be replaced by an upload, and deleted.</EmptyState>}
              {!isListed && <EmptyState title="No file open">Choose a file, or begin a new one.</EmptyState>}
            </div>
          ) : (
            <EditorPane
              copy={copy}
              language={language}
              validation={validation}
              reveal={reveal}
              onWrite={(content) => working.write(copy.path, content)}
              onSave={save}
              onHistory={() => setOverlay({ kind: 'history' })}
              onRename={() => setOverlay({ kind: 'rename' })}
              onDelete={() => setOverlay({ kind: 'delete' })}
              onDiscardChanges={discardChanges}
              onDiscardDraft={discardDraft}
              onProblem={goTo}
            />
          )}
        </div>
        <div className={cx('min-h-0', pane !== 'run' && 'max-lg:hidden')}>
          <RunPane namespace={namespace} path={path} isUnpublished={copy !== undefined && (isDirty(copy) || copy.draft !== null)} />
        </div>
      </div>

      {overlay?.kind === 'new' && (
        <NewFileDialog
          taken={[...paths, ...dirtyPaths]}
          onClose={close}
          onCreate={(created, content) => {
            working.set(newCopy(created, content))
            close()
            open(created)
          }}
        />
      )}
      {overlay?.kind === 'upload' && (
        <UploadDialog
          namespace={namespace}
          files={overlay.files}
          existing={paths}
          onClose={close}
          onUploaded={(uploaded) => {
            close()
            for (const one of uploaded) working.forget(one)
            toast({ state: 'ok', title: uploaded.length === 1 ? `${uploaded[0]} uploaded` : `${uploaded.length} files uploaded` })
            void refresh()
            open(uploaded[0])
          }}
        />
      )}
      {copy !== undefined && overlay?.kind === 'save' && (
        <SaveDialog
          namespace={namespace}
          copy={copy}
          onClose={close}
          onSaved={(result) => void saved(result)}
          onConflict={(conflict) => setOverlay({ kind: 'conflict', conflict })}
          onProblem={goTo}
        />
      )}
      {copy !== undefined && overlay?.kind === 'conflict' && (
        <ConflictDialog
          namespace={namespace}
          copy={copy}
          conflict={overlay.conflict}
          onClose={close}
          onResolve={(resolved) => {
            working.set(resolved)
            close()
          }}
        />
      )}
      {copy !== undefined && overlay?.kind === 'rename' && (
        <RenameDialog
          namespace={namespace}
          copy={copy}
          taken={paths}
          onClose={close}
          onRenamed={(to) => {
            working.forget(copy.path)
            close()
            open(to)
            void refresh()
          }}
        />
      )}
      {copy !== undefined && overlay?.kind === 'history' && (
        <HistoryDrawer
          namespace={namespace}
          path={copy.path}
          current={copy.content}
          onClose={close}
          onRestore={(content) => {
            working.write(copy.path, content)
            close()
          }}
        />
      )}
      <ConfirmDialog
        open={copy !== undefined && overlay?.kind === 'delete'}
        onClose={close}
        title={`Delete ${path ?? 'the file'} of ${namespace}?`}
        action="Delete file"
        onConfirm={remove}
        renderError={(error) => <ApiErrorNotice title="The file could not be deleted" error={error} />}
      >
        <p>Its tools are no longer served. The history keeps what it held.</p>
      </ConfirmDialog>
      {working.leaving !== null && <LeaveDialog paths={dirtyPaths} {...working.leaving} />}
    </>
  )
}

function firstSource(files: readonly NamespaceFile[]): string | undefined {
  return (files.find(({ path }) => /^[^_.].*\.[cm]?[jt]s$/.test(path) && !path.includes('.test.')) ?? files[0])?.path
}
