// A legacy server that ends at its first call, and from then on at each start. `argv[2]`: a file it remembers that by.
import { existsSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [, , marker] = process.argv
if (existsSync(marker)) process.exit(3)
const results = {
  initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'crashing', version: '1' } },
  'tools/list': { tools: [{ name: 'crash', inputSchema: { type: 'object' } }] },
}
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line)
  if (method === 'tools/call') {
    writeFileSync(marker, '')
    process.exit(3)
  }
  if (id === undefined) continue
  const result = results[method]
  const answer = result === undefined ? { error: { code: -32601, message: 'unknown' } } : { result }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`)
}
