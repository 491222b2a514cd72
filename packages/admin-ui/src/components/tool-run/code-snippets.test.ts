import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { snippetOf } from './code-snippets.ts'

const call = { namespace: 'demo', tool: "it's", arguments: { text: `'"$HOME\n\\`, flag: true, none: null, list: [1, {}] } }

describe('snippetOf', () => {
  it.each(['rest', 'mcp-modern', 'mcp-legacy'] as const)('gives a shell what makes the %s call, whatever is in the arguments', async (protocol) => {
    const received: { url: string; headers: Record<string, unknown>; body: string }[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += chunk))
      request.on('end', () => {
        received.push({ url: request.url ?? '', headers: request.headers, body })
        response.setHeader('Mcp-Session-Id', 's1').end('{}')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const snippet = snippetOf('curl', { ...call, protocol }, `http://127.0.0.1:${port}/`)
    await promisify(execFile)('sh', ['-c', snippet], { env: { PATH: process.env.PATH, TOOLDOCK_TOKEN: 't' } })
    server.close()
    const last = received.at(-1)
    expect(last?.headers.authorization).toBe('Bearer t')
    const body = JSON.parse(last?.body ?? '')
    expect(protocol === 'rest' ? body : body.params.arguments).toEqual(call.arguments)
    if (protocol === 'rest') expect(last?.url).toBe(`/demo/openapi/tools/it's`)
    if (protocol === 'mcp-modern') expect(last?.headers).toMatchObject({ 'mcp-method': 'tools/call', 'mcp-name': "it's", 'mcp-protocol-version': '2026-07-28' })
    if (protocol === 'mcp-legacy') {
      expect(received.map((entry) => JSON.parse(entry.body).method)).toEqual(['initialize', 'notifications/initialized', 'tools/call'])
      expect(last?.headers['mcp-session-id']).toBe('s1')
    }
  })

  it('writes TypeScript and Python that mean the same', () => {
    const typescript = snippetOf('typescript', { ...call, protocol: 'rest' }, 'http://h')
    expect(typescript).toContain(`fetch('http://h/demo/openapi/tools/it\\'s'`)
    const python = snippetOf('python', { ...call, protocol: 'rest' }, 'http://h')
    expect(python).toContain('"flag": True')
    expect(python).toContain('"none": None')
    expect(python).toContain('{},')
  })
})
