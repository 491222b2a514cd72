import { statfs } from 'node:fs/promises'
import type { BundleStatus } from '../../bundles/bundle.types.ts'
import type { Certificate } from '../../http/tls/certificate.ts'
import type { NamespaceStatus } from '../../namespaces/namespace-service.types.ts'
import type { ServerStatus } from '../../servers/server-service.types.ts'
import type { AttentionItem, AttentionSource } from './attention.types.ts'

const DAY_MS = 24 * 3_600_000
/** Authorities and their programs renew earlier: that it has not happened by then needs a person. */
const CERTIFICATE_DAYS_MIN = 21
const MIB = 1024 * 1024
/** A tool is failing when in this window so many of its calls failed, and half of them. */
const FAILURE_WINDOW_MS = 15 * 60_000
const FAILURES_MIN = 10
/** So many failures without a stable time between them are a loop. */
const CRASH_LOOP_FAILURES = 3
/** What was lost is told for so long after the last loss. */
const LOSS_WINDOW_MS = 15 * 60_000

export function namespaceAttention(list: () => readonly NamespaceStatus[]): AttentionSource {
  return () =>
    list()
      .filter(({ problems }) => problems.length > 0)
      .map(
        ({ name, state, problems, publishedAt }): AttentionItem => ({
          id: `namespace:${name}`,
          kind: 'namespace_broken',
          severity: state === 'published' ? 'warning' : 'error',
          title: state === 'published' ? `${name} has changes that do not load` : `${name} does not load`,
          detail: `${problems.map(({ message }) => message).join(' ')}${state === 'published' ? ' What was published before is still served.' : ''}`,
          since: state === 'published' ? publishedAt : null,
          subject: { kind: 'namespace', name },
          action: { label: 'Open files', href: `/namespaces/${name}/files` },
        }),
      )
}

/** A server that a person stopped is in no trouble; one that keeps ending is, also in the moments in which it runs. */
export function serverAttention(list: () => readonly ServerStatus[]): AttentionSource {
  return () =>
    list().flatMap((server): AttentionItem[] => {
      const { namespace, reason, since, lastExit } = server
      const trouble = troubleOf(server)
      if (trouble === undefined) return []
      const { kind, severity, words } = trouble
      return [
        {
          id: `server:${namespace}`,
          kind,
          severity,
          title: `${namespace} ${words}`,
          detail: reason ?? lastExit?.reason ?? '',
          since,
          subject: { kind: 'server', name: namespace },
          action: { label: 'Open server', href: `/servers/${namespace}` },
        },
      ]
    })
}

type Trouble = Pick<AttentionItem, 'kind' | 'severity'> & { readonly words: string }

function troubleOf({ state, failures }: ServerStatus): Trouble | undefined {
  if (state === 'failed') return { kind: 'server_failed', severity: 'error', words: 'has failed and is not started again' }
  if (state === 'stopped') return undefined
  if (failures >= CRASH_LOOP_FAILURES) return { kind: 'crash_loop', severity: 'error', words: `has ended ${failures} times in a row` }
  if (state === 'backing_off') return { kind: 'server_restarting', severity: 'warning', words: 'ended and will be started again' }
  return state === 'degraded' ? { kind: 'server_unhealthy', severity: 'warning', words: 'does not answer health checks' } : undefined
}

export function bundleAttention(list: () => readonly BundleStatus[]): AttentionSource {
  return () =>
    list()
      .filter(({ problems }) => problems.length > 0)
      .map(
        ({ namespace, problems }): AttentionItem => ({
          id: `bundle:${namespace}`,
          kind: 'bundle_incomplete',
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
        kind: 'disk_space',
        severity: freeMb * 10 < freeMinMb ? 'error' : 'warning',
        title: 'Little disk space is left',
        detail,
        since: null,
        subject: { kind: 'disk', name: dataDir },
      },
    ]
  }
}

/** @param now milliseconds since 1970 */
export function certificateAttention(certificate: Pick<Certificate, 'info' | 'problem'>, now: () => number = Date.now): AttentionSource {
  const item = (id: string, severity: AttentionItem['severity'], title: string, detail: string): AttentionItem => ({
    ...{ id, kind: 'certificate_expiry', severity, title, detail, since: null },
    subject: { kind: 'setting', name: 'SSL_CERT_PATH' },
  })
  return () => {
    const { info, problem } = certificate
    const daysLeft = Math.floor((Date.parse(info.validTo) - now()) / DAY_MS)
    const renew = 'Put a new one into the files that SSL_CERT_PATH and SSL_KEY_PATH name: it is taken within a minute, without a restart.'
    const items =
      problem === undefined ? [] : [item('certificate:files', 'warning', 'The new certificate cannot be used', `${problem} The former one is served.`)]
    if (daysLeft < 0) return [item('certificate', 'error', 'The certificate has expired', `${info.subject}: until ${info.validTo}. ${renew}`), ...items]
    if (daysLeft >= CERTIFICATE_DAYS_MIN) return items
    const left = daysLeft === 1 ? '1 day' : `${daysLeft} days`
    return [item('certificate', 'warning', `The certificate expires in ${left}`, `${info.subject}: until ${info.validTo}. ${renew}`), ...items]
  }
}

/** @param unreadable names of stored secrets that another key encrypted; looked at once, when ToolDock starts */
export function secretAttention(unreadable: readonly { readonly name: string; readonly namespace?: string }[]): AttentionSource {
  const items = unreadable.map(
    ({ name, namespace }): AttentionItem => ({
      id: `secret:${namespace ?? ''}:${name}`,
      kind: 'secret_unreadable',
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
          kind: 'tool_failing',
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
          kind: 'draft_waiting',
          severity: 'warning',
          title: `${name} has ${drafts === 1 ? 'a draft' : `${drafts} drafts`}`,
          detail: 'What is in a draft is not published; what was published before is served. Save it when it loads, or delete it.',
          since: null,
          subject: { kind: 'namespace', name },
          action: { label: 'Open files', href: `/namespaces/${name}/files` },
        }),
      )
}

/** @param ping rejects, or does not resolve within `timeoutMs`, while the database cannot be used */
export function databaseAttention(ping: () => Promise<void>, timeoutMs: number): AttentionSource {
  let since: string | null = null
  return async () => {
    const reason = await faultOf(ping, timeoutMs)
    since = reason === undefined ? null : (since ?? new Date().toISOString())
    if (reason === undefined) return []
    return [
      {
        id: 'database',
        kind: 'database_unreachable',
        severity: 'error',
        title: 'The database cannot be reached',
        detail: `${reason} Calls go on without it; nothing can be changed, and records of calls wait in memory until they are dropped.`,
        since,
        subject: { kind: 'database', name: 'database' },
      },
    ]
  }
}

async function faultOf(ping: () => Promise<void>, timeoutMs: number): Promise<string | undefined> {
  const late = Promise.withResolvers<string>()
  const timer = setTimeout(() => late.resolve(`It did not answer within ${timeoutMs} ms.`), timeoutMs)
  try {
    return await Promise.race([ping().then(() => undefined), late.promise])
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}

/** @param counts what was lost since the start, by what it is in words ("records of calls") */
export function lossAttention(counts: () => Readonly<Record<string, number>>, now: () => number = Date.now): AttentionSource {
  let known: Readonly<Record<string, number>> = {}
  let begun = 0
  let lastMs = Number.NEGATIVE_INFINITY
  return () => {
    const present = counts()
    const nowMs = now()
    if (Object.entries(present).some(([what, count]) => count > (known[what] ?? 0))) {
      if (nowMs - lastMs > LOSS_WINDOW_MS) begun = nowMs
      lastMs = nowMs
    }
    known = present
    if (nowMs - lastMs > LOSS_WINDOW_MS) return []
    const lost = Object.entries(present).filter(([, count]) => count > 0)
    return [
      {
        id: 'records',
        kind: 'records_dropped',
        severity: 'error',
        title: 'Records are being lost',
        detail: `Lost since the start: ${lost.map(([what, count]) => `${count} ${what}`).join(', ')}. What they go to did not take them in time.`,
        since: new Date(begun).toISOString(),
        subject: { kind: 'records', name: 'records' },
        action: { label: 'Open logs', href: '/logs' },
      },
    ]
  }
}
