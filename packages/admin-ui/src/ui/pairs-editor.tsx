import { Lock, LockOpen, Plus, X } from 'lucide-react'
import { type ClipboardEvent, useId } from 'react'
import { Button, IconButton } from './button.tsx'
import { SecretInput, TextInput } from './inputs.tsx'
import { newPair, type Pair, parsePairs } from './pairs.ts'

export interface PairsEditorProps {
  /** What they are, such as `Environment variables`. */
  readonly label: string
  readonly pairs: readonly Pair[]
  readonly onChange: (pairs: readonly Pair[]) => void
  readonly namePlaceholder?: string
  /** What is wrong with the pair; missing: nothing. */
  readonly errorOf?: (pair: Pair) => string | undefined
}

/** Names and values; a value with a closed lock is kept as a secret. Lines of `NAME=value` can be pasted into a name. */
export function PairsEditor({ label, pairs, onChange, namePlaceholder = 'NAME', errorOf }: PairsEditorProps) {
  const id = useId()
  const change = (key: number, next: Partial<Pair>): void => onChange(pairs.map((pair) => (pair.key === key ? { ...pair, ...next } : pair)))
  const onPaste = (event: ClipboardEvent, key: number): void => {
    const pasted = parsePairs(event.clipboardData.getData('text'))
    if (pasted.length === 0) return
    event.preventDefault()
    onChange([...pairs.filter((pair) => pair.key !== key || pair.name !== ''), ...pasted])
  }
  return (
    <fieldset className="space-y-1.5">
      <legend className="mb-1 font-medium">{label}</legend>
      {pairs.map((pair) => {
        const error = errorOf?.(pair)
        const Value = pair.secret ? SecretInput : TextInput
        return (
          <div key={pair.key}>
            <div className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto_auto] items-center gap-1.5">
              <TextInput
                aria-label={`${label}: name`}
                aria-invalid={error !== undefined}
                aria-describedby={error === undefined ? undefined : `${id}-${pair.key}`}
                className="font-mono"
                placeholder={namePlaceholder}
                value={pair.name}
                onChange={({ target }) => change(pair.key, { name: target.value })}
                onPaste={(event) => onPaste(event, pair.key)}
              />
              <Value
                aria-label={`Value of ${pair.name || 'the new one'}`}
                className="font-mono"
                placeholder={pair.stored ? 'set; type to replace it' : ''}
                value={pair.value}
                onChange={({ target }) => change(pair.key, { value: target.value })}
              />
              <IconButton
                label={pair.secret ? 'Kept as a secret. Press to keep it in the open' : 'Kept in the open. Press to keep it as a secret'}
                icon={pair.secret ? Lock : LockOpen}
                aria-pressed={pair.secret}
                disabled={pair.stored}
                onClick={() => change(pair.key, { secret: !pair.secret })}
              />
              <IconButton label={`Remove ${pair.name || 'the row'}`} icon={X} onClick={() => onChange(pairs.filter(({ key }) => key !== pair.key))} />
            </div>
            {error !== undefined && (
              <p id={`${id}-${pair.key}`} role="alert" className="text-failed text-xs">
                {error}
              </p>
            )}
          </div>
        )
      })}
      <Button size="sm" icon={Plus} onClick={() => onChange([...pairs, newPair()])}>
        Add
      </Button>
    </fieldset>
  )
}
