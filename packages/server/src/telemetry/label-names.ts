import type { CallRecord } from './call-record.ts'

const UNKNOWN = '_unknown'

/** What a call is counted as. URIs and names nobody published are not labels: there is no end of them. */
export function nameOf({ namespace, name, method, outcome }: CallRecord): { readonly namespace: string; readonly name: string } {
  if (outcome === 'namespace_not_found' || namespace === '') return { namespace: UNKNOWN, name: UNKNOWN }
  if (outcome.endsWith('_not_found')) return { namespace, name: UNKNOWN }
  return method.startsWith('resources/') || method === 'completion/complete' ? { namespace, name: method } : { namespace, name }
}
