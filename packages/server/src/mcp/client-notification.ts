import { notificationText } from './json-rpc.ts'

/**
 * A notification of an upstream as its caller may read it, with the caller's own progress token; undefined for what is not
 * for callers. Those of extensions pass as they are. Shared by both eras.
 */
export function clientNotification(method: string, params: Record<string, unknown>, progressToken: string | number | undefined): string | undefined {
  if (method === 'notifications/progress') return progressToken === undefined ? undefined : notificationText(method, { ...params, progressToken })
  return method.startsWith('tooldock/') ? undefined : notificationText(method, params)
}
