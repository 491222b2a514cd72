import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { IconButton } from '../button.tsx'
import { countOf } from '../format.ts'
import { defaultValue } from './default-value.ts'
import { AddButton, FieldGroup } from './field-frame.tsx'
import { type FieldProps, FieldView } from './field-view.tsx'
import { useForm } from './form-context.ts'
import { withItem, withMovedItem, withoutItem } from './json-path.ts'
import { type JsonSchema, number } from './json-schema.ts'

/** Entries beyond these are drawn when asked for; thousands of controls would make the page slow. */
const entriesShownMax = 100

export function ArrayField(props: FieldProps<'array'>) {
  const { field, value, onChange } = props
  const { root } = useForm()
  const entries: readonly unknown[] = Array.isArray(value) ? value : []
  const schemaAt = (index: number): JsonSchema => field.prefix[index] ?? field.items
  const isFull = entries.length >= (number(field.schema.maxItems) ?? Number.POSITIVE_INFINITY) || schemaAt(entries.length) === false
  const hidden = Math.max(0, entries.length - entriesShownMax)
  return (
    <FieldGroup props={props} aside={entries.length > 0 && <span>{countOf(entries.length, 'entry', 'entries')}</span>}>
      <div className="space-y-2 border-l-2 pl-3">
        {entries.slice(0, entriesShownMax).map((entry, index) => (
          <FieldView
            // biome-ignore lint/suspicious/noArrayIndexKey: an entry has no identity but its place
            key={index}
            schema={schemaAt(index)}
            value={entry}
            onChange={(next) => onChange(withItem(entries, index, next ?? null))}
            path={[...props.path, index]}
            name={String(index + 1)}
            required
            actions={<EntryActions entries={entries} index={index} fixed={field.prefix.length} onChange={onChange} />}
          />
        ))}
        {hidden > 0 && <p className="text-ink-3 text-xs">{countOf(hidden, 'more entry', 'more entries')}: see the JSON view.</p>}
        {!isFull && (
          <AddButton onClick={() => onChange([...entries, defaultValue(schemaAt(entries.length), root) ?? emptyEntry(schemaAt(entries.length))])}>
            Add entry
          </AddButton>
        )}
      </div>
    </FieldGroup>
  )
}

/** A list cannot hold nothing, so a new text begins empty; everything else is null until it is filled in, which the form says. */
function emptyEntry(schema: JsonSchema): unknown {
  return typeof schema === 'object' && schema.type === 'string' && schema.enum === undefined ? '' : null
}

interface EntryActionsProps {
  readonly entries: readonly unknown[]
  readonly index: number
  /** So many first entries have a meaning by their place. */
  readonly fixed: number
  readonly onChange: (entries: unknown) => void
}

function EntryActions({ entries, index, fixed, onChange }: EntryActionsProps) {
  const name = `entry ${index + 1}`
  return (
    <>
      {index > fixed && <IconButton label={`Move ${name} up`} icon={ArrowUp} size="sm" onClick={() => onChange(withMovedItem(entries, index, index - 1))} />}
      {index >= fixed && index < entries.length - 1 && (
        <IconButton label={`Move ${name} down`} icon={ArrowDown} size="sm" onClick={() => onChange(withMovedItem(entries, index, index + 1))} />
      )}
      <IconButton label={`Remove ${name}`} icon={X} size="sm" onClick={() => onChange(withoutItem(entries, index))} />
    </>
  )
}
