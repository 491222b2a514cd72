// A legacy server as the first official SDK makes them: it asks its client while a call runs.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'

const server = new McpServer(
  { name: 'sdk-v1', version: '1.0.0', title: 'SDK v1' },
  { capabilities: { logging: {}, resources: { subscribe: true } }, instructions: 'Be kind.' },
)
const text = (value) => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] })
const form = (message) => server.server.elicitInput({ message, requestedSchema: { type: 'object', properties: { name: { type: 'string', default: 'John' } } } })

server.registerTool('rich', { title: 'Rich', annotations: { readOnlyHint: true }, outputSchema: { t: z.number() }, _meta: { 'com.example/a': 1 } }, () => ({
  content: [
    { type: 'text', text: '{"t":21.5}', annotations: { priority: 0.9 } },
    { type: 'resource_link', uri: 'test://a', name: 'a' },
  ],
  structuredContent: { t: 21.5 },
  _meta: { 'com.example/kept': 'yes' },
}))
server.registerTool('fail', {}, () => ({ ...text('failed'), isError: true }))
server.registerTool('progress', {}, async (extra) => {
  const { progressToken } = extra._meta ?? {}
  for (let progress = 1; progress <= 3; progress++) await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress } })
  return text('done')
})
server.registerTool('log', {}, async () => {
  await server.sendLoggingMessage({ level: 'info', data: 'hello' })
  return text('logged')
})
server.registerTool('three', {}, async () => {
  const sample = server.server.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }], maxTokens: 10 })
  const answers = await Promise.all([form('who?'), sample, server.server.listRoots()])
  return text([answers[0].content, answers[1].content, answers[2].roots])
})
server.registerTool('turns', {}, async () => text([(await form('first')).action, (await form('second')).action]))
let aborted = 0
server.registerTool('slow', {}, async (extra) => {
  if (!extra.signal.aborted) await new Promise((resolve) => extra.signal.addEventListener('abort', resolve))
  aborted++
  return text('aborted')
})
server.registerTool('aborted', {}, () => text(aborted))
server.registerTool('grow', {}, () => {
  server.registerTool(`grown${Date.now()}`, {}, () => text(''))
  return text('grown')
})
server.registerResource('a', 'test://a', { mimeType: 'text/plain' }, (uri) => ({ contents: [{ uri: uri.href, text: 'A' }] }))
server.registerPrompt('greet', { argsSchema: { who: z.string() } }, ({ who }) => ({
  messages: [{ role: 'user', content: { type: 'text', text: `Hello ${who}` } }],
}))
await server.connect(new StdioServerTransport())
