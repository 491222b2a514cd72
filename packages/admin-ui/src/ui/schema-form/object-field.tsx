import { defaultValue } from './default-value.ts'
import { AddButton, FieldGroup } from './field-frame.tsx'
import { type FieldProps, FieldView } from './field-view.tsx'
import { useForm } from './form-context.ts'
import { withMember } from './json-path.ts'
import { isObject } from './json-schema.ts'
import { OtherMembers } from './other-members.tsx'

/** The members a schema names, then those it does not. Optional objects are added when they are wanted. */
export function ObjectField(props: FieldProps<'object'>) {
  const { field, value, onChange, path, name } = props
  const { root } = useForm()
  const isWhole = path.length === 0
  if (value === undefined && !isWhole) {
    const { default: _, ...rest } = field.schema
    return (
      <FieldGroup props={props}>
        <AddButton onClick={() => onChange(field.schema.default ?? defaultValue(rest, root) ?? {})}>Add {field.label ?? name}</AddButton>
      </FieldGroup>
    )
  }
  const members = isObject(value) ? value : {}
  const fields = (
    <div className="space-y-3">
      {field.properties.map((property) => (
        <FieldView
          key={property.name}
          schema={property.schema}
          value={members[property.name]}
          onChange={(next) => onChange(withMember(members, property.name, next))}
          path={[...path, property.name]}
          name={property.name}
          required={property.required}
        />
      ))}
      <OtherMembers field={field} members={members} onChange={onChange} path={path} />
    </div>
  )
  if (isWhole) return fields
  return (
    <FieldGroup props={props}>
      <div className="border-l-2 pl-3">{fields}</div>
    </FieldGroup>
  )
}
