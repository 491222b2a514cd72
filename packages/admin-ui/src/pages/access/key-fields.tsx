import { useQuery } from '@tanstack/react-query'
import { getNamespacesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { ApiKey } from '../../api/generated/types.gen.ts'
import { Field } from '../../ui/field.tsx'
import { Checkbox, Select, TextInput } from '../../ui/inputs.tsx'
import { ToolChoice } from './tool-choice.tsx'

/** What a form of a key holds. */
export interface KeyDraft {
  readonly name: string
  readonly role: ApiKey['role']
  /** Null: every namespace, those that come later too. */
  readonly namespaces: readonly string[] | null
  /** Null: all of what it sees. */
  readonly tools: readonly string[] | null
  /** `YYYY-MM-DD`, or empty: never. */
  readonly expires: string
  readonly perSecond: string
  readonly burst: string
}

export const EMPTY_KEY: KeyDraft = { name: '', role: 'caller', namespaces: null, tools: null, expires: '', perSecond: '', burst: '' }

/** As a field for a day writes it, in the time zone of whoever looks. */
const DAY = new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit' })

const ROLES: Readonly<Record<ApiKey['role'], string>> = {
  caller: 'Calls tools and reads what it sees',
  author: 'Also writes and reloads the namespaces it sees',
  admin: 'May do everything',
}

/** As the API takes it. */
export function toKeyBody({ name, role, namespaces, tools, expires, perSecond, burst }: KeyDraft) {
  // Only a part of what others have may be seen: an administrator has everything, an author all of a namespace.
  const seen = role === 'admin' ? null : namespaces
  const called = role === 'caller' ? tools : null
  return {
    name: name.trim(),
    role,
    namespaces: seen === null ? null : [...seen],
    tools: called === null ? null : called.filter((tool) => seen === null || seen.some((namespace) => tool.startsWith(`${namespace}/`))),
    expiresAt: expires === '' ? null : new Date(`${expires}T23:59:59`).toISOString(),
    rateLimit: perSecond === '' ? null : { perSecond: Number(perSecond), burst: Number(burst || perSecond) },
  }
}

export function toKeyDraft({ name, role, namespaces, tools, expiresAt, rateLimit }: ApiKey): KeyDraft {
  return {
    name,
    role,
    namespaces,
    tools,
    expires: expiresAt === null ? '' : DAY.format(new Date(expiresAt)),
    perSecond: rateLimit === null ? '' : String(rateLimit.perSecond),
    burst: rateLimit === null ? '' : String(rateLimit.burst),
  }
}

export function isUsableKey(draft: KeyDraft): boolean {
  const { name, namespaces, tools } = toKeyBody(draft)
  return name !== '' && namespaces?.length !== 0 && tools?.length !== 0 && /^\d*(\.\d+)?$/.test(draft.perSecond) && /^\d*$/.test(draft.burst)
}

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
      {draft.role !== 'admin' && <NamespaceChoice namespaces={draft.namespaces} onChange={(namespaces) => onChange({ namespaces })} />}
      {draft.role === 'caller' && <ToolChoice tools={draft.tools} namespaces={draft.namespaces} onChange={(tools) => onChange({ tools })} />}
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
  const known = useQuery({ ...getNamespacesOptions(), select: (answer) => answer.namespaces.flatMap(({ name, kind }) => (kind === 'own' ? [] : [name])) })
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
