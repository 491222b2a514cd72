import { X } from 'lucide-react'
import type { BundleCollision, BundleToolChoice } from '../../api/generated/types.gen.ts'
import { IconButton } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { Disclosure } from '../../ui/disclosure.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { TextArea, TextInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { type BundleDraft, describeTool, setAll, setTool } from './bundle-draft.ts'

export interface ChosenPartsProps {
  readonly draft: BundleDraft
  readonly onChange: (draft: BundleDraft) => void
  readonly collisions: readonly BundleCollision[]
}

/** What was picked, renamed and described in place. */
export function ChosenParts({ draft, onChange, collisions }: ChosenPartsProps) {
  const isColliding = (namespace: string, name: string): boolean =>
    collisions.some(({ kept, dropped }) => [kept, dropped].some((origin) => origin.namespace === namespace && origin.name === name))
  return (
    <Panel title="Picked" flush>
      {draft.entries.length === 0 && (
        <EmptyState title="Nothing picked yet">
          Tools that you pick can be given other names and other words here; the tools themselves stay as they are.
        </EmptyState>
      )}
      {draft.entries.map(({ namespace, tools, resources, prompts }) => (
        <section key={namespace} aria-label={namespace} className="border-b last:border-b-0">
          {tools === 'all' && <Whole words={`Every tool of ${namespace}`} onRemove={() => onChange(setAll(draft, namespace, 'tools', false))} />}
          {resources === 'all' && <Whole words={`Every resource of ${namespace}`} onRemove={() => onChange(setAll(draft, namespace, 'resources', false))} />}
          {prompts === 'all' && <Whole words={`Every prompt of ${namespace}`} onRemove={() => onChange(setAll(draft, namespace, 'prompts', false))} />}
          {tools !== 'all' &&
            tools.map((choice) => (
              <ChosenTool
                key={choice.name}
                namespace={namespace}
                choice={choice}
                isColliding={isColliding(namespace, choice.name)}
                onDescribe={(change) => onChange(describeTool(draft, namespace, choice.name, change))}
                onRemove={() => onChange(setTool(draft, namespace, choice.name, false))}
              />
            ))}
        </section>
      ))}
    </Panel>
  )
}

function Whole({ words, onRemove }: { readonly words: string; readonly onRemove: () => void }) {
  return (
    <div className="flex h-9 items-center gap-2 px-3">
      <span className="min-w-0 flex-1 truncate">{words}</span>
      <IconButton label={`Take out: ${words.toLowerCase()}`} icon={X} size="sm" onClick={onRemove} />
    </div>
  )
}

interface ChosenToolProps {
  readonly namespace: string
  readonly choice: BundleToolChoice
  readonly isColliding: boolean
  readonly onDescribe: (change: Partial<BundleToolChoice>) => void
  readonly onRemove: () => void
}

function ChosenTool({ namespace, choice: { name, as = '', title = '', description = '' }, isColliding, onDescribe, onRemove }: ChosenToolProps) {
  return (
    <div className={cx('px-3 py-1.5', isColliding && 'bg-failed-soft')}>
      <div className="flex items-center gap-2">
        <code className="min-w-0 flex-1 truncate" title={`${namespace} / ${name}`}>
          <span className="text-ink-3">{namespace} / </span>
          {name}
        </code>
        <TextInput
          aria-label={`Name of ${name} in the bundle`}
          aria-invalid={isColliding || undefined}
          className="w-40 font-mono"
          placeholder={name}
          value={as}
          onChange={({ target }) => onDescribe({ as: target.value })}
        />
        <IconButton label={`Take out ${name}`} icon={X} size="sm" onClick={onRemove} />
      </div>
      <Disclosure title={title !== '' || description !== '' ? 'Other words' : 'Describe it in other words'}>
        <div className="space-y-1.5 py-1">
          <TextInput
            aria-label={`Title of ${name} in the bundle`}
            placeholder="Title"
            value={title}
            onChange={({ target }) => onDescribe({ title: target.value })}
          />
          <TextArea
            aria-label={`Description of ${name} in the bundle`}
            rows={2}
            placeholder="Description"
            value={description}
            onChange={({ target }) => onDescribe({ description: target.value })}
          />
        </div>
      </Disclosure>
    </div>
  )
}
