import { Client, type ClientOptions, type McpSubscription, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Answers, ClientKind, TestClient, Wire } from './test-client.ts'

const LOG_LEVEL = 'io.modelcontextprotocol/logLevel'
type Mode = NonNullable<ClientOptions['versionNegotiation']>['mode']

/** The official SDK v2 client over Streamable HTTP. */
export function sdkV2(name: string, mode: NonNullable<Mode>): ClientKind {
  return {
    name,
    async connect({ url, namespace, token }, answers) {
      const transport = new StreamableHTTPClientTransport(new URL(`${url}/${namespace}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${token}` } },
      })
      const client = new Client(
        { name: 'tooldock-test', version: '2.0.0' },
        { capabilities: { elicitation: {}, sampling: {}, roots: {} }, versionNegotiation: { mode } },
      )
      answerWith(client, answers)
      await client.connect(transport)
      return adapt(client, transport)
    },
  }
}

function answerWith(client: Client, answers: Answers): void {
  client.setRequestHandler('elicitation/create', async ({ params }) => (await answers.elicit?.(params)) as { action: 'accept' })
  client.setRequestHandler('sampling/createMessage', async ({ params }) => (await answers.sample?.(params)) as never)
  client.setRequestHandler('roots/list', () => (answers.roots?.() ?? { roots: [] }) as { roots: [] })
}

function adapt(client: Client, transport: StreamableHTTPClientTransport): TestClient {
  const modern = client.getProtocolEra() === 'modern'
  const subscriptions: McpSubscription[] = []
  let logLevel: string | undefined
  const lists = {
    tools: (cursor?: string) => client.listTools(cursor === undefined ? {} : { cursor }, { cacheMode: 'bypass' }),
    prompts: (cursor?: string) => client.listPrompts(cursor === undefined ? {} : { cursor }, { cacheMode: 'bypass' }),
    resources: (cursor?: string) => client.listResources(cursor === undefined ? {} : { cursor }, { cacheMode: 'bypass' }),
    resourceTemplates: (cursor?: string) => client.listResourceTemplates(cursor === undefined ? {} : { cursor }, { cacheMode: 'bypass' }),
  }
  return {
    version: () => client.getNegotiatedProtocolVersion() ?? '',
    serverName: () => client.getServerVersion()?.name,
    list: async (list) => ((await lists[list]()) as Wire)[list],
    async pages(list) {
      const method = list === 'resourceTemplates' ? 'resources/templates/list' : (`${list}/list` as const)
      const pages: Wire[][] = []
      let cursor: string | undefined
      do {
        const page: Wire = await client.request({ method, params: cursor === undefined ? {} : { cursor } })
        pages.push(page[list])
        cursor = page.nextCursor
      } while (cursor !== undefined)
      return pages
    },
    call: (name, args, { signal, onProgress } = {}) =>
      client.callTool(
        { name, arguments: args, ...(modern && logLevel !== undefined && { _meta: { [LOG_LEVEL]: logLevel } }) },
        { ...(signal !== undefined && { signal }), ...(onProgress !== undefined && { onprogress: onProgress }) },
      ),
    read: (uri) => client.readResource({ uri }, { cacheMode: 'bypass' }),
    prompt: (name, args) => client.getPrompt({ name, arguments: args }),
    complete: async (params) => (await client.complete(params as Parameters<Client['complete']>[0])).completion.values,
    async setLogLevel(level) {
      logLevel = level
      if (!modern) await client.setLoggingLevel(level)
    },
    onNotification: (method, handler) => client.setNotificationHandler(method as 'notifications/message', ({ params }) => handler(params as Wire)),
    async subscribe(uri) {
      if (modern)
        subscriptions.push(await client.listen({ toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true, resourceSubscriptions: [uri] }))
      else await client.subscribeResource({ uri })
    },
    sessionId: () => transport.sessionId,
    async close() {
      for (const subscription of subscriptions) await subscription.close()
      await client.close()
    },
  }
}
