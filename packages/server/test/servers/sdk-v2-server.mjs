// A server as the second official SDK makes them. node sdk-v2-server.mjs <modern|dual>
import { acceptedContent, fromJsonSchema, inputRequired, McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'

const text = (value) => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] })
const form = (message) => inputRequired.elicit({ message, requestedSchema: { type: 'object', properties: { name: { type: 'string', default: 'John' } } } })
let aborted = 0

function build() {
  const capabilities = { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, prompts: { listChanged: true }, logging: {} }
  const server = new McpServer({ name: 'sdk-v2', version: '1.0.0', title: 'SDK v2' }, { capabilities, instructions: 'Be kind.' })
  const inputSchema = fromJsonSchema({ type: 'object', properties: {} })
  const outputSchema = fromJsonSchema({ type: 'object', properties: { t: { type: 'number' } }, required: ['t'] })
  const tool = (name, run, config) => server.registerTool(name, { inputSchema, ...config }, (_, ctx) => run(ctx))
  tool(
    'rich',
    () => ({
      content: [
        { type: 'text', text: '{"t":21.5}', annotations: { priority: 0.9 } },
        { type: 'resource_link', uri: 'test://a', name: 'a' },
      ],
      structuredContent: { t: 21.5 },
      _meta: { 'com.example/kept': 'yes' },
    }),
    { title: 'Rich', annotations: { readOnlyHint: true }, outputSchema, _meta: { 'com.example/a': 1 } },
  )
  tool('fail', () => ({ ...text('failed'), isError: true }))
  tool('progress', async ({ mcpReq }) => {
    const { progressToken } = mcpReq._meta ?? {}
    for (let progress = 1; progress <= 3; progress++) await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress } })
    return text('done')
  })
  tool('log', async ({ mcpReq }) => {
    await mcpReq.log('info', 'hello')
    return text('logged')
  })
  tool('three', ({ mcpReq }) => {
    const { sample, roots } = mcpReq.inputResponses ?? {}
    if (sample !== undefined) return text([acceptedContent(mcpReq.inputResponses, 'who'), sample.content, roots.roots])
    const question = inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }], maxTokens: 10 })
    return inputRequired({ inputRequests: { who: form('who?'), sample: question, roots: inputRequired.listRoots() } })
  })
  tool('turns', ({ mcpReq }) => {
    const { first, second } = mcpReq.inputResponses ?? {}
    if (second !== undefined) return text([mcpReq.requestState(), second.action])
    if (first !== undefined) return inputRequired({ inputRequests: { second: form('second') }, requestState: first.action })
    return inputRequired({ inputRequests: { first: form('first') } })
  })
  tool('slow', async ({ mcpReq }) => {
    if (!mcpReq.signal.aborted) await new Promise((resolve) => mcpReq.signal.addEventListener('abort', resolve))
    aborted++
    return text('aborted')
  })
  tool('aborted', () => text(aborted))
  tool('grow', () => {
    server.registerTool(`grown${Date.now()}`, { inputSchema }, () => text(''))
    return text('grown')
  })
  server.registerResource('a', 'test://a', { mimeType: 'text/plain' }, (uri) => ({ contents: [{ uri: uri.href, text: 'A' }] }))
  const argsSchema = fromJsonSchema({ type: 'object', properties: { who: { type: 'string' } }, required: ['who'] })
  server.registerPrompt('greet', { argsSchema }, ({ who }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Hello ${who}` } }] }))
  return server
}
serveStdio(build, { legacy: process.argv[2] === 'modern' ? 'reject' : 'serve' })
