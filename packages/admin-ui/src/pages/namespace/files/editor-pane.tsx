import { History, MoreVertical, PencilLine, Save, Trash2 } from 'lucide-react'
import { useMemo } from 'react'
import type { LoadProblem } from '../../../api/generated/types.gen.ts'
import { Button, IconButton } from '../../../ui/button.tsx'
import { CodeEditor, type CodeEditorProps, type CodeProblem, codeLanguageOf } from '../../../ui/code-editor/code-editor.tsx'
import type { LanguageClient } from '../../../ui/code-editor/typescript/language-client.ts'
import { countOf } from '../../../ui/format.ts'
import { modKeys } from '../../../ui/hotkeys.ts'
import { Menu, MenuItem, MenuSeparator } from '../../../ui/menu.tsx'
import { StateBadge } from '../../../ui/state-badge.tsx'
import { DraftNotice } from './draft-notice.tsx'
import { ProblemList } from './problem-list.tsx'
import type { ValidationState } from './use-validation.ts'
import { isDirty, type WorkingCopy } from './working-copy.ts'

export interface EditorPaneProps {
  readonly copy: WorkingCopy
  readonly language: LanguageClient | null
  readonly validation: ValidationState
  readonly reveal: CodeEditorProps['reveal']
  readonly onWrite: (content: string) => void
  readonly onSave: () => void
  readonly onHistory: () => void
  readonly onRename: () => void
  readonly onDelete: () => void
  readonly onDiscardChanges: () => void
  readonly onDiscardDraft: () => Promise<void>
  readonly onProblem: (problem: LoadProblem) => void
}

/** One file: its text, its state in words, and what is wrong with it. */
export function EditorPane({ copy, language, validation, reveal, ...on }: EditorPaneProps) {
  const dirty = isDirty(copy)
  // Until something is written, what was wrong with the draft when it was kept.
  const problems = dirty || copy.draft === null ? validation.problems : copy.draft.problems
  const markers = useMemo(() => problems.filter(({ file }) => file === copy.path).map(toMarker), [problems, copy.path])
  const kind = codeLanguageOf(copy.path)
  const isSource = kind === 'typescript' || kind === 'javascript'
  const typescript = useMemo(() => (language !== null && isSource ? { client: language, path: copy.path } : undefined), [language, isSource, copy.path])
  return (
    <section aria-label={`Editor of ${copy.path}`} className="flex h-full min-h-0 min-w-0 flex-col overflow-hidden rounded-lg border bg-surface">
      <header className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-2 gap-y-1 border-b py-1 pr-1.5 pl-3">
        <h2 className="min-w-0 truncate">
          <code className="font-semibold">{copy.path}</code>
        </h2>
        <FileState copy={copy} isDirty={dirty} />
        <span className="ml-auto flex items-center gap-1">
          <Button size="sm" variant="ghost" icon={History} disabled={copy.saved === null} onClick={on.onHistory}>
            History
          </Button>
          <Button
            size="sm"
            variant="primary"
            icon={Save}
            disabled={!dirty && copy.draft === null}
            title={`Save (${modKeys('S')})`}
            aria-keyshortcuts="Control+S Meta+S"
            onClick={on.onSave}
          >
            Save
          </Button>
          <Menu trigger={<IconButton label="More" icon={MoreVertical} size="sm" />}>
            <MenuItem icon={PencilLine} disabled={copy.etag === null} onSelect={on.onRename}>
              Rename…
            </MenuItem>
            <MenuItem disabled={!dirty} onSelect={on.onDiscardChanges}>
              Discard changes
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={Trash2} danger disabled={copy.saved === null} onSelect={on.onDelete}>
              Delete file…
            </MenuItem>
          </Menu>
        </span>
      </header>
      {copy.draft !== null && <DraftNotice copy={copy} draft={copy.draft} onDiscard={on.onDiscardDraft} />}
      <CodeEditor
        key={copy.path}
        label={copy.path}
        language={kind}
        value={copy.content}
        onChange={on.onWrite}
        problems={markers}
        typescript={typescript}
        reveal={reveal}
        className="min-h-0 flex-1"
      />
      <footer className="max-h-40 shrink-0 overflow-y-auto border-t">
        <p role="status" className="px-3 py-1 text-ink-3 text-xs">
          {statusWords(validation, problems.length, dirty)}
        </p>
        {problems.length > 0 && <ProblemList problems={problems} onOpen={on.onProblem} />}
      </footer>
    </section>
  )
}

function toMarker({ line, column, message }: LoadProblem): CodeProblem {
  return { line, column, severity: 'error', message }
}

function statusWords({ isChecking, error }: ValidationState, problems: number, dirty: boolean): string {
  if (isChecking) return 'Checking…'
  if (error !== null && dirty) return `Not checked: ${error instanceof Error ? error.message : String(error)}`
  if (problems > 0) return `${countOf(problems, 'problem')}: cannot be published`
  return dirty ? 'The folder loads with this change' : 'Saved'
}

function FileState({ copy, isDirty }: { readonly copy: WorkingCopy; readonly isDirty: boolean }) {
  if (copy.etag === null) return <StateBadge state="warning">new, not saved</StateBadge>
  if (isDirty) return <StateBadge state="warning">not saved</StateBadge>
  if (copy.draft !== null) return <StateBadge state="warning">draft</StateBadge>
  return copy.published ? <StateBadge state="ok">published</StateBadge> : <StateBadge state="idle">saved</StateBadge>
}
