import { z } from 'zod'

/**
 * The one table of settings. Everything configurable is a row; `docs/reference/settings.md` and `.env.example` are
 * generated from it, and no other file reads the environment. A bound says in `doc` what happens when it is reached.
 */
export interface SettingRow<T> {
  readonly env: string
  /** Other names that are understood; the first name that is set wins. */
  readonly aliases?: readonly string[]
  readonly parse: z.ZodType<T, string | undefined>
  /** The default as a user would write it; undefined: unset. */
  readonly default: string | undefined
  readonly unit?: 'ms' | 's' | 'minutes' | 'days' | 'bytes' | 'MiB'
  readonly secret?: true
  readonly group: 'Address' | 'Access' | 'Data' | 'Logs' | 'Limits' | 'Tools' | 'Servers' | 'Protocol'
  /** One sentence. */
  readonly doc: string
}

/** Wraps a schema for environment text: an empty value is the same as none. */
const text = z.string().trim()
const optionalText = text.optional().transform((value) => (value === undefined || value === '' ? undefined : value))
const integer = (min: number, max: number) =>
  text
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
/** Minutes as a user writes them; a fraction is seconds: 0.05 is three. */
const minutes = (min: number, max: number) =>
  text
    .regex(/^\d+(\.\d+)?$/, 'must be a number of minutes')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
const flag = text
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no'], { error: 'must be true or false' }))
  .transform((value) => value === 'true' || value === '1' || value === 'yes')
const oneOf = <const T extends readonly string[]>(values: T) => text.toLowerCase().pipe(z.enum(values, { error: `must be one of ${values.join(', ')}` }))
const port = integer(0, 65_535)
const optionalPort = optionalText.transform((value, context) => {
  if (value === undefined) return undefined
  const parsed = port.safeParse(value)
  if (parsed.success) return parsed.data
  context.addIssue(parsed.error.issues[0]?.message ?? 'must be a port')
  return z.NEVER
})
/** 32 bytes, as 64 hex digits or in base64. */
const key32 = optionalText.transform((value, context) => {
  if (value === undefined) return undefined
  const bytes = Buffer.from(value, /^[0-9a-f]{64}$/i.test(value) ? 'hex' : 'base64')
  if (bytes.length === 32 && (/^[0-9a-f]{64}$/i.test(value) || /^[A-Za-z0-9+/_-]{43}=?$/.test(value))) return bytes
  context.addIssue('must be 32 bytes in base64 or as 64 hex digits (openssl rand -base64 32)')
  return z.NEVER
})
const requiredUrl = text.regex(/^https?:\/\/[^/]/, 'must be an http:// or https:// URL').transform((value) => value.replace(/\/+$/, ''))
const optionalUrl = optionalText.refine((value) => value === undefined || /^https?:\/\/[^/]/.test(value), 'must be an http:// or https:// URL')
const list = text.transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

const row = <T>(definition: SettingRow<T>): SettingRow<T> => definition

export const SETTINGS = {
  port: row({
    env: 'ADMIN_PORT',
    aliases: ['PORT'],
    parse: port,
    default: '13000',
    group: 'Address',
    doc: 'The port everything is served on; 0 takes a free one.',
  }),
  host: row({
    env: 'HOST',
    parse: text.min(1, 'must not be empty'),
    default: '127.0.0.1',
    group: 'Address',
    doc: 'The address to listen on; 0.0.0.0 for every interface.',
  }),
  openapiPort: row({
    env: 'OPENAPI_PORT',
    parse: optionalPort,
    default: undefined,
    group: 'Address',
    doc: 'An extra listener that serves REST and health only; off unless set.',
  }),
  mcpPort: row({
    env: 'MCP_PORT',
    parse: optionalPort,
    default: undefined,
    group: 'Address',
    doc: 'An extra listener that serves MCP and health only; off unless set.',
  }),
  webPort: row({
    env: 'WEB_PORT',
    parse: optionalPort,
    default: undefined,
    group: 'Address',
    doc: 'An extra listener that serves /api, the pages and health only; off unless set.',
  }),
  publicUrl: row({
    env: 'PUBLIC_URL',
    parse: optionalText,
    default: undefined,
    group: 'Address',
    doc: 'The URL clients reach this server by, when it is not the one of the request (https://tools.example.com).',
  }),
  trustProxy: row({
    env: 'TRUST_PROXY',
    parse: list,
    default: '',
    group: 'Address',
    doc: 'Addresses or CIDR ranges of reverse proxies whose X-Forwarded-* headers are believed, comma separated; empty believes none.',
  }),
  bearerToken: row({
    env: 'BEARER_TOKEN',
    parse: optionalText,
    default: undefined,
    secret: true,
    group: 'Access',
    doc: 'The token of the administrator; when unset one is made and kept in DATA_DIR/token.',
  }),
  authDisabled: row({
    env: 'AUTH_DISABLED',
    parse: flag,
    default: 'false',
    group: 'Access',
    doc: 'Serve without any token; refused unless HOST is a loopback address.',
  }),
  corsOrigins: row({
    env: 'CORS_ORIGINS',
    parse: list,
    default: '*',
    group: 'Access',
    doc: 'Origins that browsers may call from, comma separated, or * for all.',
  }),
  dataDir: row({
    env: 'DATA_DIR',
    parse: text.min(1, 'must not be empty'),
    default: './tooldock_data',
    group: 'Data',
    doc: 'Where tools, generations, the database, logs and the token are kept; one gateway at a time.',
  }),
  databaseUrl: row({
    env: 'DATABASE_URL',
    parse: optionalText,
    default: undefined,
    secret: true,
    group: 'Data',
    doc: 'postgresql://user:password@host/database, sqlite:///relative/path or sqlite:////absolute/path; unset: SQLite in DATA_DIR/db.',
  }),
  databasePoolMax: row({
    env: 'DATABASE_POOL_MAX',
    parse: integer(1, 200),
    default: '10',
    group: 'Data',
    doc: 'Connections to PostgreSQL; further queries wait for one.',
  }),
  databaseTimeoutMs: row({
    env: 'DATABASE_TIMEOUT_MS',
    parse: integer(100, 600_000),
    default: '8000',
    unit: 'ms',
    group: 'Data',
    doc: 'How long to wait for the database to accept a connection or a query before giving up.',
  }),
  storeQueueMax: row({
    env: 'STORE_QUEUE_MAX',
    parse: integer(10, 1_000_000),
    default: '10000',
    group: 'Data',
    doc: 'Database requests that may wait; more are refused with store_unavailable.',
  }),
  logLevel: row({
    env: 'LOG_LEVEL',
    parse: oneOf(['debug', 'info', 'warn', 'warning', 'error']).transform((level) => (level === 'warning' ? 'warn' : level)),
    default: 'info',
    group: 'Logs',
    doc: 'Least severe lines to write: debug, info, warn or error.',
  }),
  logFormat: row({
    env: 'LOG_FORMAT',
    parse: oneOf(['text', 'json']),
    default: 'text',
    group: 'Logs',
    doc: 'text for people, json for log collectors; the daily file is always JSON.',
  }),
  logRetentionDays: row({
    env: 'LOG_RETENTION_DAYS',
    parse: integer(1, 3650),
    default: '30',
    unit: 'days',
    group: 'Logs',
    doc: 'Daily log files older than this are deleted.',
  }),
  logBufferBytesMax: row({
    env: 'LOG_BUFFER_BYTES_MAX',
    parse: integer(4096, 1 << 30),
    default: '8388608',
    unit: 'bytes',
    group: 'Logs',
    doc: 'Log lines that may wait for a slow disk or reader; more are dropped and counted.',
  }),
  outputLogBytesMax: row({
    env: 'OUTPUT_LOG_BYTES_MAX',
    parse: integer(4096, 1 << 30),
    default: '1048576',
    unit: 'bytes',
    group: 'Logs',
    doc: 'Size of the file that keeps what the tools of one namespace print; the older half is dropped when it is full.',
  }),
  metricSeriesMax: row({
    env: 'METRIC_SERIES_MAX',
    parse: integer(10, 1_000_000),
    default: '5000',
    group: 'Logs',
    doc: 'Combinations of namespace, tool and outcome that metrics count apart; further ones are counted together as _other.',
  }),
  metricsPublic: row({ env: 'METRICS_PUBLIC', parse: flag, default: 'false', group: 'Logs', doc: 'Serve /metrics without a token.' }),
  bodyBytesMax: row({
    env: 'BODY_BYTES_MAX',
    parse: integer(1024, 1 << 30),
    default: '4194304',
    unit: 'bytes',
    group: 'Limits',
    doc: 'Largest request body; a larger one is answered 413.',
  }),
  headerBytesMax: row({
    env: 'HEADER_BYTES_MAX',
    parse: integer(1024, 1 << 20),
    default: '32768',
    unit: 'bytes',
    group: 'Limits',
    doc: 'Largest block of request headers; a larger one is answered 431.',
  }),
  urlBytesMax: row({
    env: 'URL_BYTES_MAX',
    parse: integer(256, 1 << 16),
    default: '8192',
    unit: 'bytes',
    group: 'Limits',
    doc: 'Longest request URL; a longer one is answered 414.',
  }),
  connectionsMax: row({
    env: 'CONNECTIONS_MAX',
    parse: integer(1, 1_000_000),
    default: '20000',
    group: 'Limits',
    doc: 'Connections open at once on one listener; further ones are closed at once.',
  }),
  headersTimeoutSeconds: row({
    env: 'HEADERS_TIMEOUT_SECONDS',
    parse: integer(1, 3600),
    default: '20',
    unit: 's',
    group: 'Limits',
    doc: 'How long the headers of a request may take to arrive; then 408 and the connection is closed.',
  }),
  requestTimeoutSeconds: row({
    env: 'REQUEST_TIMEOUT_SECONDS',
    parse: integer(1, 86_400),
    default: '120',
    unit: 's',
    group: 'Limits',
    doc: 'How long a whole request, body included, may take to arrive; then 408 and the connection is closed.',
  }),
  connectionIdleSeconds: row({
    env: 'CONNECTION_IDLE_SECONDS',
    parse: integer(1, 86_400),
    default: '75',
    unit: 's',
    group: 'Limits',
    doc: 'How long a connection may stay open between two requests.',
  }),
  jsonDepthMax: row({
    env: 'JSON_DEPTH_MAX',
    parse: integer(8, 1000),
    default: '64',
    group: 'Limits',
    doc: 'Deepest nesting of a JSON body; a deeper one is answered 400.',
  }),
  batchMax: row({
    env: 'BATCH_MAX',
    parse: integer(1, 1000),
    default: '50',
    group: 'Limits',
    doc: 'Most messages in one JSON-RPC batch (2025-03-26); a larger one is answered 400.',
  }),
  shutdownGraceSeconds: row({
    env: 'SHUTDOWN_GRACE_SECONDS',
    parse: integer(0, 600),
    default: '10',
    unit: 's',
    group: 'Limits',
    doc: 'How long calls in flight may finish after SIGTERM before they are cancelled.',
  }),
  toolTimeoutSeconds: row({
    env: 'TOOL_TIMEOUT_SECONDS',
    parse: integer(1, 86_400),
    default: '30',
    unit: 's',
    group: 'Tools',
    doc: 'How long a tool may run before the call fails with tool_timeout; a namespace may set its own.',
  }),
  callConcurrencyMax: row({
    env: 'CALL_CONCURRENCY_MAX',
    parse: integer(1, 100_000),
    default: '100',
    group: 'Tools',
    doc: 'Calls that run at once in one namespace; further ones queue.',
  }),
  callQueueMax: row({
    env: 'CALL_QUEUE_MAX',
    parse: integer(0, 1_000_000),
    default: '1000',
    group: 'Tools',
    doc: 'Calls that may queue for one namespace; more are answered 429.',
  }),
  resultBytesMax: row({
    env: 'RESULT_BYTES_MAX',
    parse: integer(1024, 1 << 30),
    default: '16777216',
    unit: 'bytes',
    group: 'Tools',
    doc: 'Largest result of a tool; a larger one fails with result_too_large.',
  }),
  workerMemoryMb: row({
    env: 'WORKER_MEMORY_MB',
    parse: integer(96, 1 << 20),
    default: '512',
    unit: 'MiB',
    group: 'Tools',
    doc: 'Most memory of one worker; a worker over it is ended and replaced.',
  }),
  workerIdleMinutes: row({
    env: 'WORKER_IDLE_MINUTES',
    parse: minutes(0, 525_600),
    default: '15',
    unit: 'minutes',
    group: 'Tools',
    doc: 'A worker without calls for this long is stopped; 0 keeps it.',
  }),
  workerStartSeconds: row({
    env: 'WORKER_START_SECONDS',
    parse: integer(1, 600),
    default: '20',
    unit: 's',
    group: 'Tools',
    doc: 'How long a worker may take to load its folder.',
  }),
  generationsKept: row({
    env: 'GENERATIONS_KEPT',
    parse: integer(1, 100),
    default: '5',
    group: 'Tools',
    doc: 'Published versions kept per namespace to go back to.',
  }),
  namespaceBytesMax: row({
    env: 'NAMESPACE_BYTES_MAX',
    parse: integer(1024, 1 << 30),
    default: '67108864',
    unit: 'bytes',
    group: 'Tools',
    doc: 'Largest folder of one namespace, without node_modules; a larger one is not published.',
  }),
  namespaceFilesMax: row({
    env: 'NAMESPACE_FILES_MAX',
    parse: integer(1, 100_000),
    default: '2000',
    group: 'Tools',
    doc: 'Most files in one namespace, without node_modules; more are not published.',
  }),
  dependenciesBytesMax: row({
    env: 'DEPENDENCIES_BYTES_MAX',
    parse: integer(1024, 2 ** 40),
    default: '1073741824',
    unit: 'bytes',
    group: 'Tools',
    doc: 'Largest node_modules of one namespace; a larger one is not published.',
  }),
  changesPendingMax: row({
    env: 'CHANGES_PENDING_MAX',
    parse: integer(1, 1000),
    default: '16',
    group: 'Tools',
    doc: 'Reloads and other changes of one namespace that may run or wait; more are answered 409.',
  }),
  changeWaitSeconds: row({
    env: 'CHANGE_WAIT_SECONDS',
    parse: integer(1, 86_400),
    default: '300',
    unit: 's',
    group: 'Tools',
    doc: 'How long a change may wait for the one before it; then it is answered 409.',
  }),
  loadsAtOnceMax: row({
    env: 'LOADS_AT_ONCE_MAX',
    parse: integer(1, 64),
    default: '2',
    group: 'Tools',
    doc: 'Folders that load at once at the first start and when everything is reloaded; the others wait.',
  }),
  watch: row({ env: 'WATCH', parse: flag, default: 'false', group: 'Tools', doc: 'Reload a namespace when its files change (npm run dev sets it).' }),
  watchDebounceMs: row({
    env: 'WATCH_DEBOUNCE_MS',
    parse: integer(10, 60_000),
    default: '300',
    unit: 'ms',
    group: 'Tools',
    doc: 'How long files must be quiet before the watcher reloads.',
  }),
  acceptPermissions: row({
    env: 'ACCEPT_PERMISSIONS',
    parse: flag,
    default: 'false',
    group: 'Tools',
    doc: 'Accept every permission a tooldock.json requests, and say so (npm run dev sets it).',
  }),
  allowCustomCommands: row({
    env: 'ALLOW_CUSTOM_COMMANDS',
    parse: flag,
    default: 'false',
    group: 'Servers',
    doc: 'Let external servers run any program with any arguments, and clone file:// repositories; otherwise only python, python3, node, npx, uvx and uv without inline code.',
  }),
  programPath: row({
    env: 'SERVER_PATH',
    aliases: ['PATH'],
    parse: text.transform((value) => value.split(':').filter((folder) => folder.startsWith('/'))),
    default: '/usr/local/bin:/usr/bin:/bin',
    group: 'Servers',
    doc: 'Absolute folders, separated by colons, in which npm, uv, git and Python are sought; it is also the PATH of external servers.',
  }),
  secretKey: row({
    env: 'TOOLDOCK_SECRET_KEY',
    parse: key32,
    default: undefined,
    secret: true,
    group: 'Servers',
    doc: 'The key that encrypts stored secrets: 32 bytes in base64 or as 64 hex digits; when unset one is made and kept in DATA_DIR/secret.key.',
  }),
  secretsMax: row({
    env: 'SECRETS_MAX',
    parse: integer(1, 100_000),
    default: '1000',
    group: 'Servers',
    doc: 'Secrets that can be kept; a further one is answered 409.',
  }),
  secretBytesMax: row({
    env: 'SECRET_BYTES_MAX',
    parse: integer(16, 1 << 20),
    default: '65536',
    unit: 'bytes',
    group: 'Servers',
    doc: 'Longest value of a secret; a longer one is answered 400.',
  }),
  installTimeoutSeconds: row({
    env: 'INSTALL_TIMEOUT_SECONDS',
    parse: integer(1, 86_400),
    default: '600',
    unit: 's',
    group: 'Servers',
    doc: 'How long one installation may take; then it is ended and removed.',
  }),
  installBytesMax: row({
    env: 'INSTALL_BYTES_MAX',
    parse: integer(1024, 2 ** 40),
    default: '2147483648',
    unit: 'bytes',
    group: 'Servers',
    doc: 'How much one installation may write; beyond it is ended and removed.',
  }),
  installsAtOnceMax: row({
    env: 'INSTALLS_AT_ONCE_MAX',
    parse: integer(1, 64),
    default: '2',
    group: 'Servers',
    doc: 'Installations that run at once; the others wait.',
  }),
  installsPendingMax: row({
    env: 'INSTALLS_PENDING_MAX',
    parse: integer(1, 10_000),
    default: '100',
    group: 'Servers',
    doc: 'Installations that may wait; more are answered 409.',
  }),
  npmRegistry: row({
    env: 'NPM_REGISTRY',
    parse: requiredUrl,
    default: 'https://registry.npmjs.org',
    group: 'Servers',
    doc: 'The npm registry that packages are installed from.',
  }),
  npmRegistryToken: row({
    env: 'NPM_REGISTRY_TOKEN',
    parse: optionalText,
    default: undefined,
    secret: true,
    group: 'Servers',
    doc: 'The token for NPM_REGISTRY, when it wants one.',
  }),
  pypiIndexUrl: row({
    env: 'PYPI_INDEX_URL',
    aliases: ['UV_DEFAULT_INDEX'],
    parse: optionalUrl,
    default: undefined,
    secret: true,
    group: 'Servers',
    doc: 'The Python package index that packages are installed from, with user and password when it wants them; unset: PyPI.',
  }),
  httpProxy: row({
    env: 'HTTP_PROXY',
    aliases: ['http_proxy'],
    parse: optionalUrl,
    default: undefined,
    secret: true,
    group: 'Servers',
    doc: 'The proxy for http:// addresses: registries, installations and remote servers.',
  }),
  httpsProxy: row({
    env: 'HTTPS_PROXY',
    aliases: ['https_proxy'],
    parse: optionalUrl,
    default: undefined,
    secret: true,
    group: 'Servers',
    doc: 'The proxy for https:// addresses: registries, installations and remote servers.',
  }),
  noProxy: row({
    env: 'NO_PROXY',
    aliases: ['no_proxy'],
    parse: optionalText,
    default: undefined,
    group: 'Servers',
    doc: 'Hosts that are reached without a proxy, comma separated.',
  }),
  extraCaCerts: row({
    env: 'NODE_EXTRA_CA_CERTS',
    parse: optionalText,
    default: undefined,
    group: 'Servers',
    doc: 'A PEM file of certificate authorities that are trusted too, in installations as in the gateway.',
  }),
  registryUrl: row({
    env: 'REGISTRY_URL',
    parse: requiredUrl,
    default: 'https://registry.modelcontextprotocol.io',
    group: 'Servers',
    doc: 'The registry of MCP servers that is searched (API v0.1).',
  }),
  registryTimeoutSeconds: row({
    env: 'REGISTRY_TIMEOUT_SECONDS',
    parse: integer(1, 600),
    default: '15',
    unit: 's',
    group: 'Servers',
    doc: 'How long a registry may take to answer; then registry_unavailable.',
  }),
  registryBytesMax: row({
    env: 'REGISTRY_BYTES_MAX',
    parse: integer(1024, 1 << 30),
    default: '16777216',
    unit: 'bytes',
    group: 'Servers',
    doc: 'Largest answer of a registry; a larger one is registry_unavailable.',
  }),
  registryCacheMinutes: row({
    env: 'REGISTRY_CACHE_MINUTES',
    parse: minutes(0, 525_600),
    default: '10',
    unit: 'minutes',
    group: 'Servers',
    doc: 'How long answers of the registry are kept; 0 keeps none.',
  }),
  registryCacheMax: row({
    env: 'REGISTRY_CACHE_MAX',
    parse: integer(1, 100_000),
    default: '200',
    group: 'Servers',
    doc: 'Answers of the registry that are kept; the oldest goes first.',
  }),
  upstreamAllowPrivate: row({
    env: 'UPSTREAM_ALLOW_PRIVATE',
    parse: flag,
    default: 'true',
    group: 'Servers',
    doc: 'Let remote servers be at private and loopback addresses; link-local and cloud metadata addresses are always refused.',
  }),
  serversMax: row({
    env: 'SERVERS_MAX',
    parse: integer(1, 100_000),
    default: '500',
    group: 'Servers',
    doc: 'External servers that can be kept; a further one is answered 409.',
  }),
  bundlesMax: row({
    env: 'BUNDLES_MAX',
    parse: integer(1, 100_000),
    default: '500',
    group: 'Servers',
    doc: 'Bundles that can be kept; a further one is answered 409.',
  }),
  startupTimeoutSeconds: row({
    env: 'FASTMCP_STARTUP_TIMEOUT',
    parse: integer(1, 3600),
    default: '10',
    unit: 's',
    group: 'Servers',
    doc: 'How long an installed server may take from its start to its first lists; then it is ended and has failed.',
  }),
  serverStartsAtOnceMax: row({
    env: 'SERVER_STARTS_AT_ONCE_MAX',
    parse: integer(1, 1000),
    default: '4',
    group: 'Servers',
    doc: 'Servers that start at once; the others wait for their turn.',
  }),
  restartPolicy: row({
    env: 'FASTMCP_RESTART_POLICY',
    parse: oneOf(['never', 'on-failure', 'always']),
    default: 'on-failure',
    group: 'Servers',
    doc: 'When a server that ended by itself is started again: never, on-failure or always; a server may have its own.',
  }),
  restartFailuresMax: row({
    env: 'SERVER_RESTART_FAILURES_MAX',
    parse: integer(1, 1000),
    default: '5',
    group: 'Servers',
    doc: 'Failures in a row after which a server is no longer started again and has failed.',
  }),
  restartDelayMs: row({
    env: 'SERVER_RESTART_DELAY_MS',
    parse: integer(10, 3_600_000),
    default: '1000',
    unit: 'ms',
    group: 'Servers',
    doc: 'Pause before the first restart; doubled by each further failure.',
  }),
  restartDelayMaxSeconds: row({
    env: 'SERVER_RESTART_DELAY_MAX_SECONDS',
    parse: integer(1, 86_400),
    default: '60',
    unit: 's',
    group: 'Servers',
    doc: 'Longest pause before a restart.',
  }),
  serverStableSeconds: row({
    env: 'SERVER_STABLE_SECONDS',
    parse: integer(1, 86_400),
    default: '60',
    unit: 's',
    group: 'Servers',
    doc: 'How long a server must run before its earlier failures are forgotten.',
  }),
  serverHealthIntervalSeconds: row({
    env: 'SERVER_HEALTH_INTERVAL_SECONDS',
    parse: integer(0, 86_400),
    default: '30',
    unit: 's',
    group: 'Servers',
    doc: 'Time between two health checks of a running server; 0 makes none.',
  }),
  serverHealthTimeoutSeconds: row({
    env: 'SERVER_HEALTH_TIMEOUT_SECONDS',
    parse: integer(1, 3600),
    default: '10',
    unit: 's',
    group: 'Servers',
    doc: 'How long a server may take to answer a health check; it is degraded after one that failed and restarted after two.',
  }),
  serverConnectionsMax: row({
    env: 'SERVER_CONNECTIONS_MAX',
    parse: integer(1, 10_000),
    default: '32',
    group: 'Servers',
    doc: 'Connections (for stdio: processes) of one server beside its main one, by session or by client capabilities; more are refused.',
  }),
  serverConnectionIdleMinutes: row({
    env: 'SERVER_CONNECTION_IDLE_MINUTES',
    parse: minutes(0.01, 525_600),
    default: '5',
    unit: 'minutes',
    group: 'Servers',
    doc: 'How long a connection beside the main one may be unused before it is closed.',
  }),
  upstreamConnectionsMax: row({
    env: 'UPSTREAM_CONNECTIONS_MAX',
    parse: integer(1, 10_000),
    default: '20',
    group: 'Servers',
    doc: 'Calls under way at once to one remote server, each on a connection of its own; further ones wait. Calls that wait for a person, and event streams, do not count.',
  }),
  upstreamConnectSeconds: row({
    env: 'UPSTREAM_CONNECT_SECONDS',
    parse: integer(1, 600),
    default: '10',
    unit: 's',
    group: 'Servers',
    doc: 'How long a remote server may take to accept a connection; then it counts as unreachable.',
  }),
  upstreamHeadersSeconds: row({
    env: 'UPSTREAM_HEADERS_SECONDS',
    parse: integer(1, 86_400),
    default: '300',
    unit: 's',
    group: 'Servers',
    doc: 'How long a remote server may take to begin its answer, when a call may not take longer; then the request fails.',
  }),
  upstreamBodyIdleSeconds: row({
    env: 'UPSTREAM_BODY_IDLE_SECONDS',
    parse: integer(1, 86_400),
    default: '60',
    unit: 's',
    group: 'Servers',
    doc: 'How long a remote server may pause in the middle of an answer that is no event stream; then the request fails.',
  }),
  upstreamFailuresMax: row({
    env: 'UPSTREAM_FAILURES_MAX',
    parse: integer(1, 1000),
    default: '5',
    group: 'Servers',
    doc: 'Connections to a remote server that fail in a row before requests are refused for a while, without another attempt.',
  }),
  upstreamPauseSeconds: row({
    env: 'UPSTREAM_PAUSE_SECONDS',
    parse: integer(1, 3600),
    default: '30',
    unit: 's',
    group: 'Servers',
    doc: 'Longest pause between two attempts to reach a remote server that cannot be reached; it begins with one second and doubles.',
  }),
  serverFileBytesMax: row({
    env: 'SERVER_FILE_BYTES_MAX',
    parse: integer(1024, 1 << 30),
    default: '1048576',
    unit: 'bytes',
    group: 'Servers',
    doc: 'Largest configuration file of a server; a larger one is refused.',
  }),
  serverFilesMax: row({
    env: 'SERVER_FILES_MAX',
    parse: integer(1, 100_000),
    default: '200',
    group: 'Servers',
    doc: 'Most configuration files of one server; a further one is answered 409.',
  }),
  serverName: row({
    env: 'MCP_SERVER_NAME',
    parse: text.min(1, 'must not be empty'),
    default: 'tooldock',
    group: 'Protocol',
    doc: 'The name MCP clients see; a namespace appends /{namespace}.',
  }),
  sessionIdleMinutes: row({
    env: 'SESSION_IDLE_MINUTES',
    parse: minutes(0.01, 525_600),
    default: '30',
    unit: 'minutes',
    group: 'Protocol',
    doc: 'A legacy session without a message for this long is ended, open streams included.',
  }),
  sessionsMax: row({
    env: 'SESSIONS_MAX',
    parse: integer(1, 1_000_000),
    default: '10000',
    group: 'Protocol',
    doc: 'Legacy sessions open at once; initialize is answered 429 beyond.',
  }),
  streamsMax: row({
    env: 'STREAMS_MAX',
    parse: integer(1, 1_000_000),
    default: '10000',
    group: 'Protocol',
    doc: 'Event streams open at once (GET and subscriptions/listen); more are answered 429.',
  }),
  streamBufferBytesMax: row({
    env: 'STREAM_BUFFER_BYTES_MAX',
    parse: integer(1024, 1 << 30),
    default: '4194304',
    unit: 'bytes',
    group: 'Protocol',
    doc: 'What may wait for a reader that is too slow; beyond it the stream is closed.',
  }),
  replayEventsMax: row({
    env: 'REPLAY_EVENTS_MAX',
    parse: integer(0, 100_000),
    default: '200',
    group: 'Protocol',
    doc: 'Events kept per legacy session for Last-Event-ID; older ones are gone.',
  }),
  replayBytesMax: row({
    env: 'REPLAY_BYTES_MAX',
    parse: integer(0, 1 << 30),
    default: '1048576',
    unit: 'bytes',
    group: 'Protocol',
    doc: 'Bytes kept per legacy session for Last-Event-ID; older events are gone.',
  }),
  streamRetryMs: row({
    env: 'STREAM_RETRY_MS',
    parse: integer(0, 600_000),
    default: '1000',
    unit: 'ms',
    group: 'Protocol',
    doc: 'The delay before reconnecting that event streams ask of clients.',
  }),
  keepAliveSeconds: row({
    env: 'KEEP_ALIVE_SECONDS',
    parse: integer(1, 3600),
    default: '15',
    unit: 's',
    group: 'Protocol',
    doc: 'Time between the comments that keep an event stream open.',
  }),
  clientReplySeconds: row({
    env: 'CLIENT_REPLY_SECONDS',
    parse: integer(1, 86_400),
    default: '300',
    unit: 's',
    group: 'Protocol',
    doc: 'How long a legacy client may take to answer an elicitation, sampling or roots request.',
  }),
  upstreamListEntriesMax: row({
    env: 'UPSTREAM_LIST_ENTRIES_MAX',
    parse: integer(1, 1_000_000),
    default: '10000',
    group: 'Protocol',
    doc: 'Tools, resources and prompts together that one external server may list; one that lists more fails to start.',
  }),
  parkedCallsMax: row({
    env: 'PARKED_CALLS_MAX',
    parse: integer(1, 1_000_000),
    default: '1000',
    group: 'Protocol',
    doc: 'Calls of one namespace that may wait for input at once; more fail with too_many_parked_calls.',
  }),
  parkedCallMinutes: row({
    env: 'PARKED_CALL_MINUTES',
    parse: minutes(0.01, 10_080),
    default: '10',
    unit: 'minutes',
    group: 'Protocol',
    doc: 'How long a call may wait for input; then it is ended and its requestState refused.',
  }),
  listPageMax: row({
    env: 'LIST_PAGE_MAX',
    parse: integer(1, 100_000),
    default: '1000',
    group: 'Protocol',
    doc: 'Most entries in one page of an MCP list; further ones follow by cursor.',
  }),
} as const

export type SettingKey = keyof typeof SETTINGS
export type Config = { readonly [K in SettingKey]: (typeof SETTINGS)[K] extends SettingRow<infer T> ? T : never }
