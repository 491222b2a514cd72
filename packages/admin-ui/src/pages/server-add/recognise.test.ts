import { describe, expect, it } from 'vitest'
import { words } from '../../components/words.ts'
import { recognise, toNamespace } from './recognise.ts'

describe('what is typed', () => {
  it.each([
    ['@modelcontextprotocol/server-everything', ['npm'], { package: '@modelcontextprotocol/server-everything', namespace: 'everything' }],
    ['@scope/name@1.2.3', ['npm'], { package: '@scope/name', version: '1.2.3' }],
    ['mcp-server-time', ['npm', 'pypi'], { package: 'mcp-server-time', namespace: 'time' }],
    ['pypi:mcp-server-time==0.6.2', ['pypi'], { package: 'mcp-server-time', version: '0.6.2' }],
    ['https://github.com/owner/weather', ['git'], { url: 'https://github.com/owner/weather', namespace: 'weather' }],
    ['git@example.com:owner/weather.git#v2', ['git'], { url: 'git@example.com:owner/weather.git', ref: 'v2', namespace: 'weather' }],
    ['https://mcp.example.com/mcp', ['remote'], { url: 'https://mcp.example.com/mcp', namespace: 'example' }],
    ['npx -y @scope/name@latest --port 1', ['npm', 'command'], { package: '@scope/name', version: '', args: '--port\n1' }],
    ['uvx mcp-server-time "--local zone"', ['pypi', 'command'], { package: 'mcp-server-time', args: '--local zone' }],
    ['python -m my_server', ['command'], { command: 'python', args: '-m\nmy_server', namespace: 'my-server' }],
  ])('%s', (typed, ids, draft) => {
    const { suggestions, config } = recognise(typed)
    expect(config).toBeUndefined()
    expect(suggestions.map(({ id }) => id)).toEqual(ids)
    expect(suggestions[0]?.draft).toMatchObject(draft)
  })

  it('is a configuration when it begins as one', () => {
    expect(recognise(' {"mcpServers": {}}')).toEqual({ config: '{"mcpServers": {}}', suggestions: [], search: undefined })
  })

  it('is looked for in the registry when it may be a name', () => {
    expect(recognise('weather').search).toBe('weather')
    expect(recognise('current weather').search).toBe('current weather')
    expect(recognise('https://example.com/mcp').search).toBeUndefined()
  })
})

it('splits as a shell would', () => {
  expect(words(`node "a b" 'c d' e\\ f --x="1 2"`)).toEqual(['node', 'a b', 'c d', 'e\\', 'f', '--x=1 2'])
})

it('makes names of namespaces', () => {
  expect([toNamespace('Some_Thing!'), toNamespace('///'), toNamespace('./dist/index.js')]).toEqual(['some-thing', 'server', 'index'])
})
