/** What the text of a setting may be, and what it becomes. */
import { z } from 'zod'

/** Wraps a schema for environment text: an empty value is the same as none. */
export const text = z.string().trim()
export const optionalText = text.optional().transform((value) => (value === undefined || value === '' ? undefined : value))
export const integer = (min: number, max: number) =>
  text
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
/** Minutes as a user writes them; a fraction is seconds: 0.05 is three. */
export const minutes = (min: number, max: number) =>
  text
    .regex(/^\d+(\.\d+)?$/, 'must be a number of minutes')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
export const flag = text
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no'], { error: 'must be true or false' }))
  .transform((value) => value === 'true' || value === '1' || value === 'yes')
export const oneOf = <const T extends readonly string[]>(values: T) => text.toLowerCase().pipe(z.enum(values, { error: `must be one of ${values.join(', ')}` }))
export const port = integer(0, 65_535)
export const optionalPort = optionalText.transform((value, context) => {
  if (value === undefined) return undefined
  const parsed = port.safeParse(value)
  if (parsed.success) return parsed.data
  context.addIssue(parsed.error.issues[0]?.message ?? 'must be a port')
  return z.NEVER
})
/** 32 bytes, as 64 hex digits or in base64. */
export const key32 = optionalText.transform((value, context) => {
  if (value === undefined) return undefined
  const bytes = Buffer.from(value, /^[0-9a-f]{64}$/i.test(value) ? 'hex' : 'base64')
  if (bytes.length === 32 && (/^[0-9a-f]{64}$/i.test(value) || /^[A-Za-z0-9+/_-]{43}=?$/.test(value))) return bytes
  context.addIssue('must be 32 bytes in base64 or as 64 hex digits (openssl rand -base64 32)')
  return z.NEVER
})
export const requiredUrl = text.regex(/^https?:\/\/[^/]/, 'must be an http:// or https:// URL').transform((value) => value.replace(/\/+$/, ''))
export const optionalUrl = optionalText.refine((value) => value === undefined || /^https?:\/\/[^/]/.test(value), 'must be an http:// or https:// URL')
/** `name=value,name=value`, values percent-encoded, as OpenTelemetry writes headers and attributes. */
export const pairs = optionalText.refine(
  (value) => value === undefined || value.split(',').every((pair) => /^\s*[^=\s]+\s*=/.test(pair) && isDecodable(pair)),
  'must be name=value pairs, comma separated, with percent-encoded values',
)
const isDecodable = (value: string): boolean => !/%(?![0-9a-f]{2})/i.test(value)
export const fraction = text.regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a number from 0 to 1').transform(Number)
export const list = text.transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)
