import { Field } from '../../ui/field.tsx'
import { Checkbox, Select, TextArea, TextInput } from '../../ui/inputs.tsx'
import { PairsEditor } from '../../ui/pairs-editor.tsx'
import { pairError, type ServerDraft } from './server-draft.ts'

export interface ServerFieldsProps {
  readonly draft: ServerDraft
  readonly onChange: (change: Partial<ServerDraft>) => void
  /** By the name of the member. */
  readonly errors: Readonly<Record<string, string>>
}

/** Everything there is to say of a server: first what it runs, then what it is given, then its bounds. */
export function ServerFields(props: ServerFieldsProps) {
  return (
    <div className="space-y-5">
      <SourceFields {...props} />
      <PairsEditor label="Environment variables" pairs={props.draft.env} onChange={(env) => props.onChange({ env })} errorOf={pairError} />
      <LifeFields {...props} />
    </div>
  )
}

function SourceFields({ draft, onChange, errors }: ServerFieldsProps) {
  const text = (member: 'package' | 'version' | 'url' | 'ref' | 'command', label: string, hint?: string, required = false) => (
    <Field label={label} hint={hint} error={errors[member]} required={required}>
      {(control) => <TextInput {...control} className="font-mono" value={draft[member]} onChange={({ target }) => onChange({ [member]: target.value })} />}
    </Field>
  )
  const args = (
    <Field label="Arguments" hint="One a line, as they are: nothing is split or quoted.">
      {(control) => <TextArea {...control} className="font-mono" rows={3} value={draft.args} onChange={({ target }) => onChange({ args: target.value })} />}
    </Field>
  )
  const scripts = (
    <Checkbox
      label="Let its installation run scripts of the package"
      checked={draft.installScripts}
      onChange={({ target }) => onChange({ installScripts: target.checked })}
    />
  )
  switch (draft.kind) {
    case 'npm':
    case 'pypi':
      return (
        <div className="space-y-3">
          <div className="grid gap-3 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
            {text('package', draft.kind === 'npm' ? 'npm package' : 'PyPI package', undefined, true)}
            {text('version', 'Version', 'Empty: the newest now, kept until you upgrade.')}
          </div>
          {args}
          {draft.kind === 'npm' && scripts}
        </div>
      )
    case 'git':
      return (
        <div className="space-y-3">
          <div className="grid gap-3 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
            {text('url', 'Repository', 'https://, ssh:// or git@', true)}
            {text('ref', 'Branch, tag or commit', 'Empty: its default branch.')}
          </div>
          {text('command', 'Command', 'Empty: what its package.json or pyproject.toml says.')}
          {args}
          {scripts}
        </div>
      )
    case 'command':
      return (
        <div className="space-y-3">
          {text('command', 'Command', 'python, python3, node, npx, uvx or uv, by bare name.', true)}
          {args}
        </div>
      )
    case 'remote':
      return (
        <div className="space-y-3">
          <div className="grid gap-3 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
            {text('url', 'URL', undefined, true)}
            <Field label="Transport">
              {(control) => (
                <Select {...control} value={draft.transport} onChange={({ target }) => onChange({ transport: target.value as ServerDraft['transport'] })}>
                  <option value="auto">Found out by asking</option>
                  <option value="streamable-http">Streamable HTTP</option>
                  <option value="sse">HTTP+SSE (older)</option>
                </Select>
              )}
            </Field>
          </div>
          <PairsEditor label="Headers" namePlaceholder="Authorization" pairs={draft.headers} onChange={(headers) => onChange({ headers })} />
        </div>
      )
  }
}

function LifeFields({ draft, onChange, errors }: ServerFieldsProps) {
  const number = (member: 'idleStop' | 'maxLifetimeMinutes' | 'maxRssMb' | 'timeoutSeconds', label: string, hint: string) => (
    <Field label={label} hint={hint} error={errors[member]}>
      {(control) => <TextInput {...control} inputMode="decimal" value={draft[member]} onChange={({ target }) => onChange({ [member]: target.value })} />}
    </Field>
  )
  const isProcess = draft.kind !== 'remote'
  return (
    <details className="rounded-md border" open={Object.keys(errors).some((name) => name in LIFE)}>
      <summary className="px-3 py-2 font-medium">Starting, sharing and limits</summary>
      <div className="grid gap-3 border-t p-3 sm:grid-cols-2">
        <Field label="Sharing" hint="Servers that keep state for each client need a process for each.">
          {(control) => (
            <Select {...control} value={draft.sharing} onChange={({ target }) => onChange({ sharing: target.value as ServerDraft['sharing'] })}>
              <option value="shared">One process for all clients</option>
              <option value="per-session">One for each session</option>
              <option value="per-capabilities">One for each set of client capabilities</option>
            </Select>
          )}
        </Field>
        {isProcess && (
          <Field label="Restart" hint="After a crash: 1, 2, 4 … 60 s later. A stop by you is never undone.">
            {(control) => (
              <Select {...control} value={draft.restart} onChange={({ target }) => onChange({ restart: target.value as ServerDraft['restart'] })}>
                <option value="on-failure">When it fails</option>
                <option value="always">Always</option>
                <option value="never">Never</option>
              </Select>
            )}
          </Field>
        )}
        {number('timeoutSeconds', 'Time a call may take, in seconds', 'Empty: the setting for all.')}
        {isProcess && number('idleStop', 'Stop when idle, after minutes', '0: never. Its tools stay listed; the next call starts it.')}
        {isProcess && number('maxRssMb', 'Memory, in MB', 'Replaced gracefully above it. Empty: no bound.')}
        {isProcess && number('maxLifetimeMinutes', 'Lifetime, in minutes', 'Replaced gracefully after it. Empty: no bound.')}
        <Checkbox
          className="sm:col-span-2"
          label="Start it with ToolDock"
          checked={draft.start}
          onChange={({ target }) => onChange({ start: target.checked })}
        />
      </div>
    </details>
  )
}

const LIFE = { idleStop: true, maxLifetimeMinutes: true, maxRssMb: true, timeoutSeconds: true }
