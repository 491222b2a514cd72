import type { Access } from '../access/open-access.ts'
import type { Backups } from '../backup/backups.ts'
import type { BundleService } from '../bundles/bundle.types.ts'
import type { Catalog } from '../catalog/snapshot.ts'
import type { Views } from '../catalog/view.types.ts'
import type { SettingSource } from '../config/describe-settings.ts'
import type { Config, SettingKey } from '../config/settings.ts'
import { createFindHolder } from '../http/auth.ts'
import type { ClientLimits } from '../http/client-limits.ts'
import type { Frontend } from '../http/context.ts'
import { registerDocsPage } from '../http/docs-page.ts'
import type { PublicBaseUrl } from '../http/public-url.ts'
import type { Certificate } from '../http/tls/certificate.ts'
import { createOwnRequest } from '../http/tls/own-request.ts'
import { createClosers } from '../kernel/closers.ts'
import { createDependencyService } from '../namespaces/dependency-service.ts'
import type { OpenedNamespaces } from '../namespaces/open-namespaces.ts'
import type { CallApi } from '../own-namespace/own-tool.types.ts'
import type { OpenedServers } from '../servers/open-servers.ts'
import type { SecretInfo, Secrets } from '../servers/secrets/secrets.ts'
import type { Store } from '../store/store.ts'
import type { EventBus } from '../telemetry/event-bus.ts'
import type { Logging } from '../telemetry/logging.ts'
import type { Output } from '../telemetry/open-output.ts'
import type { Telemetry } from '../telemetry/open-telemetry.ts'
import type { ToolService } from '../tools/tool.types.ts'
import { type OpenedAlerts, openAlerts } from './alerts/open-alerts.ts'
import { createApiDocument } from './api-document.ts'
import type { Attention } from './attention/attention.ts'
import { openAttention } from './attention/open-attention.ts'
import { auditChanges } from './audit/audit-hook.ts'
import { registerBackupAdmin } from './backup/backup-routes.ts'
import { registerBundleAdmin } from './bundles/bundle-routes.ts'
import { tellChanges } from './events/tell-changes.ts'
import { registerExecuteAdmin } from './execute/execute-routes.ts'
import { createExecutions } from './execute/executions.ts'
import { createJobRunner } from './jobs/job-runner.ts'
import { createLiveStreams } from './live-streams.ts'
import { createOwnApi } from './own-api.ts'
import { registerAccessAdmin } from './register-access-admin.ts'
import { registerAdmin } from './register-admin.ts'
import { registerTelemetryAdmin } from './register-telemetry-admin.ts'
import { registerServerAdmin } from './servers/register-server-admin.ts'
import { registerToolAdmin } from './tools/tool-routes.ts'

/** Every module that the admin API shows or changes. */
export interface OpenAdminDeps {
  readonly config: Config
  /** Where each setting came from. */
  readonly sources: ReadonlyMap<SettingKey, SettingSource>
  readonly version: string
  /** DATA_DIR, absolute and real. */
  readonly dataDir: string
  /** The administrator's. */
  readonly token: string
  readonly store: Store
  readonly logging: Logging
  readonly events: EventBus
  readonly telemetry: Telemetry
  readonly output: Pick<Output, 'read'>
  readonly catalog: Catalog
  readonly views: Views
  readonly access: Access
  readonly clientLimits: ClientLimits
  readonly publicBaseUrl: PublicBaseUrl
  /** What every listener speaks TLS with; undefined: plain HTTP. */
  readonly certificate: Certificate | undefined
  readonly secrets: Secrets
  readonly unreadableSecrets: readonly SecretInfo[]
  readonly namespaces: OpenedNamespaces
  readonly servers: OpenedServers
  readonly bundles: BundleService
  readonly tools: ToolService
  readonly backups: Backups
  /** Open listeners, the main one first; none before the gateway listens. */
  readonly listeners: () => readonly { readonly name: string; readonly url: string }[]
}

export interface OpenedAdmin {
  readonly frontend: Frontend
  /** Asks a route without a network between. */
  readonly callApi: CallApi
  /** For metrics. */
  readonly attentionCounts: Attention['counts']
  readonly alertsState: OpenedAlerts['state']
  /** Ends jobs and calls under way. */
  close(): Promise<void>
}

/** Makes and joins everything behind the admin API. */
export function openAdmin(deps: OpenAdminDeps): OpenedAdmin {
  const { config, version, dataDir, store, logging, events, telemetry, catalog, access, publicBaseUrl, bundles, tools, secrets } = deps
  const log = logging.logger
  const startedAt = new Date().toISOString()
  const { service: namespaces, files, history, templates } = deps.namespaces
  const { service: servers, npmProjects } = deps.servers
  const { opened, close } = createClosers()
  const ownUrl = (): string | undefined => deps.listeners()[0]?.url

  opened(tellChanges(events, { servers, catalog, keys: access.keys }), (end) => end())
  const jobs = opened(
    createJobRunner({ config, events, onFault: ({ kind, subject }, error) => log.error({ err: error, kind, subject }, 'a job failed by a fault of ToolDock') }),
    (it) => it.close(),
  )
  const findTool = (namespace: string, tool: string) => catalog.current.namespaces.get(namespace)?.toolsByName.get(tool)
  const executions = opened(
    createExecutions({ config, baseUrl: ownUrl, ownRequest: createOwnRequest(deps.certificate), lend: access.own.lend, findTool, log }),
    (it) => it.close(),
  )
  const alerts = opened(openAlerts(config, logging.hideSecrets, log), (it) => it.close())
  const attention = opened(
    openAttention({
      ...{ config, dataDir, namespaces, servers, bundles, store, events, log, alerts, certificate: deps.certificate },
      callMetrics: telemetry.callMetrics,
      losses: telemetry.losses,
      unreadableSecrets: deps.unreadableSecrets,
    }),
    (it) => it.close(),
  )
  const dependencies = createDependencyService({ config, namespaces, history, npm: npmProjects, log })
  const apiDocument = createApiDocument(version)
  const ownApi = createOwnApi(access.own, ownUrl)
  const liveStreams = createLiveStreams(config)
  const readOutput = deps.output.read

  const frontend: Frontend = {
    part: 'web',
    onShutdown: liveStreams.close,
    register: (app) => {
      auditChanges(app, telemetry.audit, logging.hideSecrets)
      ownApi.register(app)
      // Before the document, which describes every route that comes after it.
      registerDocsPage(app, [{ url: '/api/docs', root: '..' }])
      apiDocument.register(app)
      registerAdmin(app, {
        ...{ config, namespaces, files, dependencies, templates, jobs, servers, bundles, catalog, publicBaseUrl, liveStreams, readOutput },
        keys: access.keys,
        callMetrics: telemetry.callMetrics,
      })
      registerServerAdmin(app, { ...deps.servers, config, servers, secrets, liveStreams, readOutput })
      registerBundleAdmin(app, { config, bundles })
      registerToolAdmin(app, { config, tools })
      registerBackupAdmin(app, { config, backups: deps.backups })
      registerExecuteAdmin(app, { config, executions, liveStreams })
      registerTelemetryAdmin(app, { ...telemetry, config, events, liveStreams })
      registerAccessAdmin(app, {
        ...access,
        ...{ config, version, dataDir, startedAt, attention, alerts },
        sources: deps.sources,
        views: deps.views,
        database: store.kind,
        listeners: deps.listeners,
        rates: deps.clientLimits.rates,
        findHolder: createFindHolder(deps.token, access.keys.find),
        publicBaseUrl,
      })
    },
  }
  return { frontend, callApi: ownApi.call, attentionCounts: attention.counts, alertsState: alerts.state, close }
}
