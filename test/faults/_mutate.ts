import type { Random } from './_random.ts'

/** What programs choke on: the ends of numbers, names that objects have anyway, text that is no text. */
const ODD_STRINGS = [
  '',
  ' ',
  '\0',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '%2e%2e%2f',
  'a'.repeat(5000),
  '\ud800',
  '𝕿🧨é',
  '\u202e',
  '%s%n',
  '"',
  '\\',
  '\r\nx: y',
  'null',
  '-1',
  '1e999',
  'undefined',
  '=?base64?!!!?=',
  'tooldock://x/y',
  'file:///etc/passwd',
]
const ODD_VALUES: readonly unknown[] = [null, true, false, 0, -1, 1.5, 2 ** 53, -(2 ** 31), 1e308, [], {}, [[]], [null], { '': '' }, ...ODD_STRINGS]
const ODD_TOKENS = [
  'NaN',
  'Infinity',
  '1e999',
  '-0',
  '01',
  "'x'",
  '\\ud800',
  '\0',
  '\ufeff',
  ',,',
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  '//',
  '\n',
  '\u2028',
  '\xff\xfe',
]

export const oddString = (random: Random): string =>
  random.chance(0.6) ? random.pick(ODD_STRINGS) : random.bytes(1 + random.int(40)).toString(random.pick(['latin1', 'hex', 'base64', 'utf8'] as const))

export const oddValue = (random: Random): unknown => (random.chance(0.8) ? random.pick(ODD_VALUES) : nested(random, random.int(200)))

function nested(random: Random, depth: number): unknown {
  const inner: unknown = random.pick(ODD_VALUES)
  return Array.from({ length: depth }).reduce<unknown>((value) => (random.chance(0.5) ? [value] : { a: value }), inner)
}

/** The same value with one member, somewhere, replaced, removed, doubled or added. */
export function mutateValue(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.1)) return oddValue(random)
  if (Array.isArray(value)) {
    if (value.length === 0) return [oddValue(random)]
    const at = random.int(value.length)
    return random.chance(0.3) ? value.toSpliced(at, 1, ...(random.chance(0.5) ? [] : [value[at], value[at]])) : value.with(at, mutateValue(value[at], random))
  }
  const keys = Object.keys(value)
  const key = keys.length === 0 || random.chance(0.15) ? oddString(random) : random.pick(keys)
  if (random.chance(0.15)) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
  return { ...value, [key]: mutateValue((value as Record<string, unknown>)[key], random) }
}

/** The same bytes with a few of them changed, lost, doubled, or odd ones among them. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let mutated = Buffer.from(bytes)
  for (let change = random.int(3); change >= 0; change--) {
    const at = random.int(mutated.length + 1)
    const length = random.int(20)
    const [before, after] = [mutated.subarray(0, at), mutated.subarray(at)]
    const between = random.pick<() => Buffer>([
      () => random.bytes(1 + length),
      () => Buffer.from(random.pick(ODD_TOKENS)),
      () => mutated.subarray(Math.max(0, at - length), at),
      () => Buffer.from(random.pick(['[', '{"a":']).repeat(random.int(3000))),
    ])()
    mutated = random.chance(0.3)
      ? Buffer.from(before)
      : random.chance(0.5)
        ? Buffer.concat([before, after.subarray(length)])
        : Buffer.concat([before, between, after])
  }
  return mutated
}

/** JSON text of the value, mutated as a value, as text, or both. */
export function mutateJson(value: unknown, random: Random): Buffer {
  const changed = random.chance(0.75) ? mutateValue(value, random) : value
  const text = Buffer.from(JSON.stringify(changed) ?? 'undefined')
  return random.chance(0.4) ? mutateBytes(text, random) : text
}
