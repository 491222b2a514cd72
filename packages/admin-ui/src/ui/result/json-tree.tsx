import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { cx } from '../class-names.ts'
import { CopyButton } from '../copy-button.tsx'
import { expressionOf, type JsonPath } from '../schema-form/json-path.ts'
import { isObject } from '../schema-form/json-schema.ts'

/** Members drawn at once; more are drawn when asked for. */
const membersShown = 100
/** Levels that are open at first. */
const levelsOpen = 2
const textCharactersMax = 2000

export interface JsonTreeProps {
  readonly label: string
  readonly value: unknown
}

/** A JSON value that opens and closes level by level. Only what is open is drawn, so its size does not matter. */
export function JsonTree({ label, value }: JsonTreeProps) {
  return (
    <section aria-label={label} className="overflow-x-auto font-mono text-xs leading-6">
      <JsonNode name={null} value={value} path={[]} />
    </section>
  )
}

interface JsonNodeProps {
  readonly name: string | number | null
  readonly value: unknown
  readonly path: JsonPath
}

function JsonNode({ name, value, path }: JsonNodeProps) {
  const [isOpen, setOpen] = useState(path.length < levelsOpen)
  const members = membersOf(value)
  if (members === null || members.length === 0) {
    return (
      <Row path={path} value={value}>
        <span className="w-4 shrink-0" />
        <Name name={name} />
        {members === null ? <Scalar value={value} /> : <span className="text-ink-3">{Array.isArray(value) ? '[ ]' : '{ }'}</span>}
      </Row>
    )
  }
  const summary = Array.isArray(value) ? `[${members.length}]` : `{${members.length}}`
  return (
    <div>
      <Row path={path} value={value}>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} className="inline-flex items-center rounded-sm text-left hover:bg-hover">
          <ChevronRight aria-hidden className={cx('size-4 shrink-0 text-ink-3 transition-transform', isOpen && 'rotate-90')} />
          <Name name={name} />
          <span className="text-ink-3">{summary}</span>
        </button>
      </Row>
      {isOpen && <Members members={members} path={path} />}
    </div>
  )
}

function Members({ members, path }: { readonly members: readonly (readonly [string | number, unknown])[]; readonly path: JsonPath }) {
  const [shown, setShown] = useState(membersShown)
  return (
    <div className="ml-2 border-l pl-2">
      {members.slice(0, shown).map(([key, member]) => (
        <JsonNode key={key} name={key} value={member} path={[...path, key]} />
      ))}
      {members.length > shown && (
        <button type="button" className="ml-4 text-accent underline" onClick={() => setShown(shown + membersShown * 10)}>
          Show {Math.min(membersShown * 10, members.length - shown)} of {members.length - shown} more
        </button>
      )}
    </div>
  )
}

function Row({ path, value, children }: { readonly path: JsonPath; readonly value: unknown; readonly children: ReactNode }) {
  return (
    <div className="group/node flex min-h-6 items-start">
      {children}
      <span className="ml-1 flex shrink-0 opacity-0 [&_button]:size-6 focus-within:opacity-100 group-hover/node:opacity-100 pointer-coarse:opacity-100">
        <CopyButton text={expressionOf(path)} label={`Copy the path ${expressionOf(path)}`} size="sm" />
        {membersOf(value) !== null && <CopyButton text={() => JSON.stringify(value, null, 2)} label={`Copy the value of ${expressionOf(path)}`} size="sm" />}
      </span>
    </div>
  )
}

function Name({ name }: { readonly name: string | number | null }) {
  if (name === null) return null
  return (
    <span className="shrink-0 whitespace-pre text-ink-2">
      {name}
      <span className="text-ink-3">: </span>
    </span>
  )
}

function Scalar({ value }: { readonly value: unknown }) {
  const [isWhole, setWhole] = useState(false)
  if (typeof value !== 'string') return <span className="text-working">{JSON.stringify(value)}</span>
  const isCut = value.length > textCharactersMax && !isWhole
  return (
    <span className="min-w-0 whitespace-pre-wrap text-ok [overflow-wrap:anywhere]">
      {JSON.stringify(isCut ? value.slice(0, textCharactersMax) : value)}
      {isCut && (
        <button type="button" className="ml-1 text-accent underline" onClick={() => setWhole(true)}>
          Show all {value.length} characters
        </button>
      )}
    </span>
  )
}

function membersOf(value: unknown): readonly (readonly [string | number, unknown])[] | null {
  if (Array.isArray(value)) return value.map((entry, index) => [index, entry] as const)
  return isObject(value) ? Object.entries(value) : null
}
