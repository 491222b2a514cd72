import type { EdgeConfig } from './edge.ts'

/** The edge of a test: loopback, a free port, the default limits. */
export const TEST_EDGE: EdgeConfig = {
  host: '127.0.0.1',
  port: 0,
  openapiPort: undefined,
  mcpPort: undefined,
  webPort: undefined,
  authDisabled: false,
  corsOrigins: ['*'],
  publicUrl: undefined,
  bodyBytesMax: 4_194_304,
  headerBytesMax: 32_768,
  urlBytesMax: 8192,
  connectionsMax: 100,
  connectionsPerAddressMax: 100,
  streamsPerClientMax: 100,
  trustProxy: [],
  rateLimitEnabled: false,
  rateLimitPerSecond: 30,
  rateLimitBurst: 50,
  rateLimitBucketsMax: 100,
  signInFailuresMax: 10,
  headersTimeoutSeconds: 20,
  requestTimeoutSeconds: 60,
  connectionIdleSeconds: 60,
}
