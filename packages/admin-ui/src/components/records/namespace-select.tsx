import { useQuery } from '@tanstack/react-query'
import { getNamespacesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { Select } from '../../ui/inputs.tsx'

export interface NamespaceSelectProps {
  readonly value: string | undefined
  readonly onChange: (namespace: string | undefined) => void
}

/** Narrows records to those of one namespace. */
export function NamespaceSelect({ value, onChange }: NamespaceSelectProps) {
  const namespaces = useQuery({ ...getNamespacesOptions(), select: (answer) => answer.namespaces.map(({ name }) => name) })
  return (
    <Select aria-label="Namespace" className="w-44" value={value ?? ''} onChange={({ target }) => onChange(target.value || undefined)}>
      <option value="">Namespace: all</option>
      {namespaces.data?.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </Select>
  )
}
