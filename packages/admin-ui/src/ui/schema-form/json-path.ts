import { isObject } from './json-schema.ts'

export type JsonPath = readonly (string | number)[]

/** A JSON pointer (RFC 6901); '' is the whole value. */
export function pointerOf(path: JsonPath): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The value a JSON pointer leads to; undefined where there is none. */
export function valueAtPointer(root: unknown, pointer: string): unknown {
  let value = root
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(value)) value = value[Number(key)]
    else if (isObject(value) && Object.hasOwn(value, key)) value = value[key]
    else return undefined
  }
  return value
}

/** `$.people[0]["first name"]`: how the path is written in code. */
export function expressionOf(path: JsonPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return /^[A-Za-z_$][\w$]*$/.test(part) ? `${text}.${part}` : `${text}[${JSON.stringify(part)}]`
  }, '$')
}

/** A copy of an object with one member set, in its old place when it was there; without it when the value is undefined. */
export function withMember(target: unknown, key: string, value: unknown): Record<string, unknown> {
  const entries = Object.entries(isObject(target) ? target : {})
  if (value === undefined) return Object.fromEntries(entries.filter(([name]) => name !== key))
  const known = entries.some(([name]) => name === key)
  return Object.fromEntries(known ? entries.map(([name, old]) => [name, name === key ? value : old]) : [...entries, [key, value]])
}

/** A copy of an object with one member renamed in its place. */
export function withRenamed(target: Readonly<Record<string, unknown>>, from: string, to: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(target).map(([name, value]) => [name === from ? to : name, value]))
}

export function withItem(target: readonly unknown[], index: number, value: unknown): unknown[] {
  return target.with(index, value)
}

export function withoutItem(target: readonly unknown[], index: number): unknown[] {
  return target.toSpliced(index, 1)
}

export function withMovedItem(target: readonly unknown[], from: number, to: number): unknown[] {
  return target.toSpliced(from, 1).toSpliced(to, 0, target[from])
}
