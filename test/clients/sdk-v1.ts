import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  CallToolResultSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import type { Answers, ClientKind, TestClient, Wire } from './test-client.ts'

const NOTIFICATIONS = {
  'notifications/message': LoggingMessageNotificationSchema,
  'notifications/tools/list_changed': ToolListChangedNotificationSchema,
  'notifications/prompts/list_changed': PromptListChangedNotificationSchema,
  'notifications/resources/list_changed': ResourceListChangedNotificationSchema,
  'notifications/resources/updated': ResourceUpdatedNotificationSchema,
}

/** The official SDK v1 client, over Streamable HTTP or the HTTP+SSE transport of revision 2024-11-05. */
export function sdkV1(name: string, over: 'mcp' | 'sse'): ClientKind {
  return {
    name,
    async connect({ url, namespace, token }, answers) {
      const Transport = over === 'mcp' ? StreamableHTTPClientTransport : SSEClientTransport
      const transport = new Transport(new URL(`${url}/${namespace}/${over}`), { requestInit: { headers: { authorization: `Bearer ${token}` } } })
      const client = new Client({ name: 'tooldock-test', version: '1.0.0' }, { capabilities: { elicitation: {}, sampling: {}, roots: {} } })
      answerWith(client, answers)
      await client.connect(transport as Transport)
      return adapt(client, transport)
    },
  }
}

function answerWith(client: Client, answers: Answers): void {
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => (await answers.elicit?.(params)) as { action: 'accept' })
  client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => (await answers.sample?.(params)) as never)
  client.setRequestHandler(ListRootsRequestSchema, () => (answers.roots?.() ?? { roots: [] }) as { roots: [] })
}

function adapt(client: Client, transport: StreamableHTTPClientTransport | SSEClientTransport): TestClient {
  const lists = {
    tools: (cursor: Wire) => client.listTools(cursor),
    prompts: (cursor: Wire) => client.listPrompts(cursor),
    resources: (cursor: Wire) => client.listResources(cursor),
    resourceTemplates: (cursor: Wire) => client.listResourceTemplates(cursor),
  }
  const pages: NonNullable<TestClient['pages']> = async (list) => {
    const found: Wire[][] = []
    let cursor: string | undefined
    do {
      const page: Wire = await lists[list](cursor === undefined ? {} : { cursor })
      found.push(page[list])
      cursor = page.nextCursor
    } while (cursor !== undefined)
    return found
  }
  return {
    version: () => (transport instanceof StreamableHTTPClientTransport ? (transport.protocolVersion ?? '') : '2024-11-05'),
    serverName: () => client.getServerVersion()?.name,
    list: async (list) => (await pages(list)).flat(),
    pages,
    call: (name, args, { signal, onProgress } = {}) =>
      client.callTool({ name, arguments: args }, CallToolResultSchema, {
        ...(signal !== undefined && { signal }),
        ...(onProgress !== undefined && { onprogress: onProgress }),
      }),
    read: (uri) => client.readResource({ uri }),
    prompt: (name, args) => client.getPrompt({ name, arguments: args }),
    complete: async (params) => (await client.complete(params as Parameters<Client['complete']>[0])).completion.values,
    setLogLevel: async (level) => void (await client.setLoggingLevel(level)),
    onNotification: (method, handler) =>
      client.setNotificationHandler(NOTIFICATIONS[method as keyof typeof NOTIFICATIONS], ({ params }) => handler(params as Wire)),
    subscribe: async (uri) => void (await client.subscribeResource({ uri })),
    sessionId: () => (transport instanceof StreamableHTTPClientTransport ? transport.sessionId : undefined),
    close: () => client.close(),
  }
}
