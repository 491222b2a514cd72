/** Only formats with a plain rule; the rest is left to the tool. */
const formats: Readonly<Record<string, { readonly valid: (value: string) => boolean; readonly message: string }>> = {
  date: { valid: isDate, message: 'Must be a date such as 2026-08-31.' },
  'date-time': {
    valid: (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value) && !Number.isNaN(Date.parse(value)),
    message: 'Must be a time such as 2026-08-31T14:30:00Z.',
  },
  email: { valid: (value) => /^[^\s@]+@[^\s@]+$/.test(value), message: 'Must be an e-mail address.' },
  uri: { valid: (value) => URL.canParse(value), message: 'Must be a whole address, such as https://example.org/.' },
  url: { valid: (value) => URL.canParse(value), message: 'Must be a whole address, such as https://example.org/.' },
  uuid: { valid: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value), message: 'Must be a UUID.' },
  ipv4: {
    valid: (value) => /^(\d{1,3}\.){3}\d{1,3}$/.test(value) && value.split('.').every((part) => Number(part) < 256),
    message: 'Must be an IPv4 address.',
  },
}

/** What is wrong with a text for a format; null when nothing is, or the format is not known here. */
export function formatProblem(format: string, value: string): string | null {
  const rule = Object.hasOwn(formats, format) ? formats[format] : undefined
  return rule === undefined || rule.valid(value) ? null : rule.message
}

/** A day that exists: Date.parse alone would take 30 February for 2 March. */
function isDate(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return false
  const parsed = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value)
}
