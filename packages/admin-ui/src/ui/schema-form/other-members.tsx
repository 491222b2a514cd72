import { X } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '../button.tsx'
import { TextInput } from '../inputs.tsx'
import { defaultValue } from './default-value.ts'
import { AddButton } from './field-frame.tsx'
import { type FieldProps, FieldView } from './field-view.tsx'
import { useForm } from './form-context.ts'
import { type JsonPath, withMember, withRenamed } from './json-path.ts'

interface OtherMembersProps {
  readonly field: FieldProps<'object'>['field']
  readonly members: Readonly<Record<string, unknown>>
  readonly onChange: (members: unknown) => void
  readonly path: JsonPath
}

/** Members that `properties` does not name: a map's entries, and whatever came in from the JSON view. */
export function OtherMembers({ field, members, onChange, path }: OtherMembersProps) {
  const { root } = useForm()
  const named = new Set(field.properties.map(({ name }) => name))
  const others = Object.entries(members).filter(([name]) => !named.has(name))
  // Nearly every schema allows other members without meaning it; adding some is offered where they are asked for.
  const { properties, additionalProperties, patternProperties } = field.schema
  const isAskedFor = properties === undefined || additionalProperties !== undefined || patternProperties !== undefined
  const isMap = field.others !== false && isAskedFor
  if (others.length === 0 && !isMap) return null
  const add = (): void => onChange(withMember(members, freeName(members), defaultValue(field.others, root) ?? ''))
  return (
    <div className="space-y-3">
      {others.map(([name, member], index) => (
        <FieldView
          // Its place, because its name changes while it is written.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          key={index}
          schema={field.others === false ? true : field.others}
          value={member}
          onChange={(next) => onChange(withMember(members, name, next ?? null))}
          path={[...path, name]}
          name={name}
          required
          actions={
            <>
              <MemberName name={name} taken={members} onRename={(to) => onChange(withRenamed(members, name, to))} />
              <IconButton label={`Remove ${name}`} icon={X} size="sm" onClick={() => onChange(withMember(members, name, undefined))} />
            </>
          }
        />
      ))}
      {isMap && <AddButton onClick={add}>Add member</AddButton>}
    </div>
  )
}

function freeName(members: Readonly<Record<string, unknown>>): string {
  for (let index = 1; ; index++) if (!Object.hasOwn(members, `key${index}`)) return `key${index}`
}

/** Renames when it is left, so that half a name is never a member. */
function MemberName({
  name,
  taken,
  onRename,
}: {
  readonly name: string
  readonly taken: Readonly<Record<string, unknown>>
  readonly onRename: (to: string) => void
}) {
  const [draft, setDraft] = useState<string | null>(null)
  const isTaken = draft !== null && draft !== name && Object.hasOwn(taken, draft)
  const commit = (): void => {
    if (draft !== null && draft !== name && !isTaken) onRename(draft)
    setDraft(null)
  }
  return (
    <TextInput
      aria-label={`Name of member ${name}`}
      aria-invalid={isTaken || undefined}
      className="h-7 w-32 font-mono text-xs"
      value={draft ?? name}
      onChange={({ target }) => setDraft(target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit()
        if (event.key === 'Escape') setDraft(null)
      }}
    />
  )
}
