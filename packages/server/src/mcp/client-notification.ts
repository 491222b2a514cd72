import { notificationText } from './json-rpc.ts'

/**
 * A notification of an upstream as its caller may read it: the caller's progress token, no marks of ours; undefined for
 * what is not for callers. Shared by both eras.
 */
export function clientNotification(method: string, params: Record<string, unknown>, progressToken: string | number | undefined): string | undefined {
  if (method === 'notifications/progress') return progressToken === undefined ? undefined : notificationText(method, { ...params, progressToken })
  if (method !== 'notifications/message') return undefined
  const { _meta, ...rest } = params
  return notificationText(method, rest)
}
