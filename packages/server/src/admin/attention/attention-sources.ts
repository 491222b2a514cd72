import { statfs } from 'node:fs/promises'
import type { BundleStatus } from '../../bundles/bundle.types.ts'
import type { NamespaceStatus } from '../../namespaces/namespace-service.types.ts'
import type { ServerStatus } from '../../servers/server-service.types.ts'
import type { AttentionItem, AttentionSource } from './attention.types.ts'

const MIB = 1024 * 1024
/** A tool is failing when in this window so many of its calls failed, and half of them. */
const FAILURE_WINDOW_MS = 15 * 60_000
const FAILURES_MIN = 10

export function namespaceAttention(list: () => readonly NamespaceStatus[]): AttentionSource {
  return () =>
    list()
      .filter(({ problems }) => problems.length > 0)
      .map(
        ({ name, state, problems, publishedAt }): AttentionItem => ({
          id: `namespace:${name}`,
          severity: state === 'published' ? 'warning' : 'error',
          title: state === 'published' ? `${name} has changes that do not load` : `${name} does not load`,
          detail: `${problems.map(({ message }) => message).join(' ')}${state === 'published' ? ' What was published before is still served.' : ''}`,
          since: state === 'published' ? publishedAt : null,
          subject: { kind: 'namespace', name },
          action: { label: 'Open files', href: `/namespaces/${name}/files` },
        }),
      )
}

/** A server that a person stopped is in no trouble. */
export function serverAttention(list: () => readonly ServerStatus[]): AttentionSource {
  return () =>
    list().flatMap(({ namespace, state, reason, since }): AttentionItem[] => {
      const title = SERVER_TITLES[state]
      if (title === undefined) return []
      const severity = state === 'failed' ? 'error' : 'warning'
      const action = { label: 'Open server', href: `/servers/${namespace}` }
      return [
        {
          id: `server:${namespace}`,
          severity,
          title: `${namespace} ${title}`,
          detail: reason ?? '',
          since,
          subject: { kind: 'server', name: namespace },
          action,
        },
      ]
    })
}

const SERVER_TITLES: Partial<Record<ServerStatus['state'], string>> = {
  failed: 'has failed and is not started again',
  backing_off: 'ended and will be started again',
  degraded: 'does not answer health checks',
}

export function bundleAttention(list: () => readonly BundleStatus[]): AttentionSource {
  return () =>
    list()
      .filter(({ problems }) => problems.length > 0)
      .map(
        ({ namespace, problems }): AttentionItem => ({
          id: `bundle:${namespace}`,
          severity: 'warning',
          title: `${namespace} lacks parts`,
          detail: problems.map(({ message }) => message).join(' '),
          since: null,
          subject: { kind: 'bundle', name: namespace },
          action: { label: 'Open bundle', href: `/namespaces/${namespace}` },
        }),
      )
}

/** @param freeMinMb less free space than this needs a person */
export function diskAttention(dataDir: string, freeMinMb: number): AttentionSource {
  return async () => {
    const { bavail, bsize } = await statfs(dataDir)
    const freeMb = Math.floor((bavail * bsize) / MIB)
    if (freeMb >= freeMinMb) return []
    const detail = `${freeMb} MiB are free at ${dataDir}. Publishing, installing and logging fail when none is left: free some, or lower DISK_FREE_MIN_MB.`
    return [
      {
        id: 'disk',
        severity: freeMb * 10 < freeMinMb ? 'error' : 'warning',
        title: 'Little disk space is left',
        detail,
        since: null,
        subject: { kind: 'disk', name: dataDir },
      },
    ]
  }
}

/** @param unreadable names of stored secrets that another key encrypted; looked at once, when ToolDock starts */
export function secretAttention(unreadable: readonly { readonly name: string; readonly namespace?: string }[]): AttentionSource {
  const items = unreadable.map(
    ({ name, namespace }): AttentionItem => ({
      id: `secret:${namespace ?? ''}:${name}`,
      severity: 'error',
      title: `The secret ${name} cannot be read`,
      detail: 'It was encrypted with another key: restore TOOLDOCK_SECRET_KEY or DATA_DIR/secret.key and start again, or set the secret anew.',
      since: null,
      subject: { kind: 'secret', name },
      action: { label: 'Open settings', href: '/settings' },
    }),
  )
  return () => items
}

export interface ToolFailures {
  readonly namespace?: string
  readonly tool?: string
  readonly calls: number
  readonly errors: number
}

export function failureAttention(
  countsOf: (window: { readonly fromMs: number; readonly toMs: number }) => Promise<{ readonly rows: readonly ToolFailures[] }>,
): AttentionSource {
  return async () => {
    const toMs = Date.now()
    const { rows } = await countsOf({ fromMs: toMs - FAILURE_WINDOW_MS, toMs })
    return rows
      .filter(({ calls, errors }) => errors >= FAILURES_MIN && errors * 2 >= calls)
      .map(
        ({ namespace = '', tool = '', calls, errors }): AttentionItem => ({
          id: `failures:${namespace}:${tool}`,
          severity: 'warning',
          title: `${tool} of ${namespace} fails often`,
          detail: `${errors} of its ${calls} calls in the last ${FAILURE_WINDOW_MS / 60_000} minutes failed.`,
          since: null,
          subject: { kind: 'namespace', name: namespace },
          action: { label: 'Open calls', href: `/calls?namespace=${encodeURIComponent(namespace)}&tool=${encodeURIComponent(tool)}&outcome=error` },
        }),
      )
  }
}

/** @param countsOf how many drafts each namespace has */
export function draftAttention(countsOf: () => Promise<ReadonlyMap<string, number>>): AttentionSource {
  return async () =>
    [...(await countsOf())]
      .filter(([, drafts]) => drafts > 0)
      .map(
        ([name, drafts]): AttentionItem => ({
          id: `drafts:${name}`,
          severity: 'warning',
          title: `${name} has ${drafts === 1 ? 'a draft' : `${drafts} drafts`}`,
          detail: 'What is in a draft is not published; what was published before is served. Save it when it loads, or delete it.',
          since: null,
          subject: { kind: 'namespace', name },
          action: { label: 'Open files', href: `/namespaces/${name}/files` },
        }),
      )
}
