// An MCP server over stdio, of the legacy era, whose tool "garble" writes what its seed says before it answers.
import { createInterface } from 'node:readline'
import { hostileLines } from './_hostile.ts'
import { createRandom } from './_random.ts'

const send = (message: Readonly<Record<string, unknown>>): void => void process.stdout.write(`\n${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const text = (value: string) => ({ content: [{ type: 'text', text: value }] })
const tools = ['echo', 'garble'].map((name) => ({ name, inputSchema: { type: 'object' } }))
const serverInfo = { name: 'hostile', version: '1.0.0' }

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined || method === undefined) return
    if (method === 'initialize') send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: { listChanged: true } }, serverInfo } })
    else if (method === 'tools/list') send({ id, result: { tools } })
    else if (method === 'ping') send({ id, result: {} })
    else if (method !== 'tools/call') send({ id, error: { code: -32601, message: 'no such method' } })
    else {
      if (params.name === 'garble') process.stdout.write(hostileLines(createRandom(params.arguments.seed), id))
      send({ id, result: text(String(params.arguments?.text)) })
    }
  })
  .on('close', () => process.exit(0))
