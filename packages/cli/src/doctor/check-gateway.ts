import type { AttentionItem } from '@tooldock/server/admin/attention'
import { readVersion } from '@tooldock/server/version'
import { type Api, ApiError, UnreachableError } from '../api.ts'
import { listNamespaces } from '../find-namespace.ts'
import type { Finding } from './finding.ts'

/** A gateway that is alive answers at once; one that takes this long hangs. */
const ANSWER_MS_MAX = 5000

interface Health {
  readonly version?: string
  readonly reasons?: readonly string[]
}

export interface GatewayFindings {
  /** Does one answer at the address? */
  readonly isThere: boolean
  readonly findings: readonly Finding[]
}

/** Asks the gateway how it, its namespaces and its servers are, when one answers. */
export async function checkGateway(api: Api): Promise<GatewayFindings> {
  try {
    await api.open({ method: 'GET', path: '/health/live', answerMsMax: ANSWER_MS_MAX }).then((response) => response.resume())
    return { isThere: true, findings: [...(await checkReadiness(api)), ...(await checkNamespaces(api))] }
  } catch (error) {
    if (error instanceof UnreachableError)
      return { isThere: false, findings: [{ area: 'gateway', state: 'ok', message: `${error.reason}: what follows is what a start would find.` }] }
    if (!(error instanceof ApiError)) throw error
    const advice =
      error.status === 401
        ? 'Its token is in DATA_DIR/token of the gateway, or what its BEARER_TOKEN says.'
        : 'Another program may serve this address: see --url and ADMIN_PORT.'
    return { isThere: true, findings: [{ area: 'gateway', state: 'error', message: error.message, advice }] }
  }
}

async function checkReadiness(api: Api): Promise<Finding[]> {
  const { version, reasons = [] } = await readHealth(api)
  const findings = reasons.map(
    (reason): Finding => ({
      area: 'gateway',
      state: 'error',
      message: `It is not ready: ${reason}.`,
      advice: 'Its log says more: Logs in the web UI, or DATA_DIR/logs.',
    }),
  )
  if (version !== undefined && version !== readVersion())
    findings.push({
      area: 'gateway',
      state: 'warning',
      message: `It is version ${version}, this command is ${readVersion()}.`,
      advice: 'Restart the gateway after an upgrade.',
    })
  return findings.length > 0 ? findings : [{ area: 'gateway', state: 'ok', message: `Version ${version} answers at ${api.url}.` }]
}

/** It says how it is also when it is not ready, with 503. */
async function readHealth(api: Api): Promise<Health> {
  const response = await api.open({ method: 'GET', path: '/health', statuses: [503] })
  return JSON.parse(Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString()) as Health
}

/** What the gateway itself says needs a person, then what is well. */
async function checkNamespaces(api: Api): Promise<Finding[]> {
  const { items } = await api.get<{ readonly items: readonly AttentionItem[] }>('/api/attention')
  const namespaces = await listNamespaces(api)
  const inTrouble = new Set(items.map(({ subject }) => subject.name))
  const well = namespaces.filter(({ name, problems }) => !inTrouble.has(name) && problems.length === 0)
  return [
    ...items.map(
      ({ severity, title, detail, subject }): Finding => ({
        area: AREAS[subject.kind] ?? 'gateway',
        state: severity,
        message: `${title}: ${detail}`,
        ...adviceOn(subject),
      }),
    ),
    ...well.map(
      ({ name, kind, state, tools }): Finding => ({
        area: kind === 'server' ? 'servers' : 'namespaces',
        state: 'ok',
        message: `${name}: ${state}, ${tools} tools`,
      }),
    ),
  ]
}

const AREAS: Readonly<Record<string, Finding['area']>> = { namespace: 'namespaces', bundle: 'namespaces', server: 'servers', disk: 'data directory' }

function adviceOn({ kind, name }: AttentionItem['subject']): Pick<Finding, 'advice'> {
  if (kind === 'namespace') return { advice: `"tooldock reload ${name}" says file and line; "tooldock permissions show ${name}" what it requests.` }
  if (kind === 'server') return { advice: `"tooldock servers logs ${name}" says why; then "tooldock servers restart ${name}".` }
  if (kind === 'bundle') return { advice: 'Bring back what it shows, or change the bundle in the web UI.' }
  return {}
}
