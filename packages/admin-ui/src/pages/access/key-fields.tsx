import { useQuery } from '@tanstack/react-query'
import { getNamespacesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { ApiKey } from '../../api/generated/types.gen.ts'
import { Field } from '../../ui/field.tsx'
import { Checkbox, Select, TextInput } from '../../ui/inputs.tsx'

/** What a form of a key holds. */
export interface KeyDraft {
  readonly name: string
  readonly role: ApiKey['role']
  /** Null: every namespace, those that come later too. */
  readonly namespaces: readonly string[] | null
  /** `YYYY-MM-DD`, or empty: never. */
  readonly expires: string
  readonly perSecond: string
  readonly burst: string
}

export const EMPTY_KEY: KeyDraft = { name: '', role: 'caller', namespaces: null, expires: '', perSecond: '', burst: '' }

const ROLES: Readonly<Record<ApiKey['role'], string>> = {
  caller: 'Calls tools and reads what it sees',
  author: 'Also writes and reloads the namespaces it sees',
  admin: 'May do everything',
}

/** As the API takes it. */
export function toKeyBody({ name, role, namespaces, expires, perSecond, burst }: KeyDraft) {
  return {
    name: name.trim(),
    role,
    namespaces: namespaces === null ? null : [...namespaces],
    expiresAt: expires === '' ? null : new Date(`${expires}T23:59:59`).toISOString(),
    rateLimit: perSecond === '' ? null : { perSecond: Number(perSecond), burst: Number(burst || perSecond) },
  }
}

export function toKeyDraft({ name, role, namespaces, expiresAt, rateLimit }: ApiKey): KeyDraft {
  return {
    name,
    role,
    namespaces,
    expires: expiresAt?.slice(0, 10) ?? '',
    perSecond: rateLimit === null ? '' : String(rateLimit.perSecond),
    burst: rateLimit === null ? '' : String(rateLimit.burst),
  }
}

export const isUsableKey = ({ name, namespaces, perSecond, burst }: KeyDraft): boolean =>
  name.trim() !== '' && namespaces?.length !== 0 && /^\d*(\.\d+)?$/.test(perSecond) && /^\d*$/.test(burst)

export function KeyFields({ draft, onChange }: { readonly draft: KeyDraft; readonly onChange: (change: Partial<KeyDraft>) => void }) {
  return (
    <div className="space-y-4">
      <Field label="Name" required hint="Who or what uses it: a person, a client, a machine.">
        {(control) => <TextInput {...control} value={draft.name} onChange={({ target }) => onChange({ name: target.value })} />}
      </Field>
      <Field label="Role" hint={ROLES[draft.role]}>
        {(control) => (
          <Select {...control} value={draft.role} onChange={({ target }) => onChange({ role: target.value as KeyDraft['role'] })}>
            <option value="caller">Caller</option>
            <option value="author">Author</option>
            <option value="admin">Administrator</option>
          </Select>
        )}
      </Field>
      <NamespaceChoice namespaces={draft.namespaces} onChange={(namespaces) => onChange({ namespaces })} />
      <div className="grid gap-3 sm:grid-cols-3">
        <Field label="Expires" hint="Empty: never.">
          {(control) => <TextInput {...control} type="date" value={draft.expires} onChange={({ target }) => onChange({ expires: target.value })} />}
        </Field>
        <Field label="Calls a second" hint="Empty: as set for all.">
          {(control) => <TextInput {...control} inputMode="decimal" value={draft.perSecond} onChange={({ target }) => onChange({ perSecond: target.value })} />}
        </Field>
        <Field label="At once at most">
          {(control) => <TextInput {...control} inputMode="numeric" value={draft.burst} onChange={({ target }) => onChange({ burst: target.value })} />}
        </Field>
      </div>
    </div>
  )
}

function NamespaceChoice({
  namespaces,
  onChange,
}: {
  readonly namespaces: readonly string[] | null
  readonly onChange: (namespaces: readonly string[] | null) => void
}) {
  const known = useQuery({ ...getNamespacesOptions(), select: (answer) => answer.namespaces.map(({ name }) => name) })
  return (
    <fieldset className="space-y-1">
      <legend className="mb-1 font-medium">Sees</legend>
      <Checkbox
        label="Every namespace, those that come later too"
        checked={namespaces === null}
        onChange={({ target }) => onChange(target.checked ? null : [])}
      />
      {namespaces !== null && (
        <div className="max-h-48 overflow-y-auto rounded-md border px-3 py-1">
          {[...new Set([...(known.data ?? []), ...namespaces])].toSorted().map((name) => (
            <Checkbox
              key={name}
              label={<code>{name}</code>}
              checked={namespaces.includes(name)}
              onChange={({ target }) => onChange(target.checked ? [...namespaces, name] : namespaces.filter((other) => other !== name))}
            />
          ))}
        </div>
      )}
    </fieldset>
  )
}
