import { expect, test } from 'vitest'
import { proxyFor } from './proxy-for.ts'

const settings = { httpProxy: 'http://plain:1', httpsProxy: 'http://tls:1' }

test('the proxy is chosen by the protocol of the address', () => {
  expect(proxyFor('http://host/mcp', { ...settings, noProxy: undefined })).toBe('http://plain:1')
  expect(proxyFor('https://host/mcp', { ...settings, noProxy: undefined })).toBe('http://tls:1')
  expect(proxyFor('https://host/mcp', { httpProxy: 'http://plain:1', httpsProxy: undefined, noProxy: undefined })).toBeUndefined()
})

test.each([
  ['*', 'http://any/', false],
  ['example.org', 'http://example.org/', false],
  ['example.org', 'http://EXAMPLE.org/', false],
  ['example.org', 'http://api.example.org/', false],
  ['.example.org', 'http://api.example.org/', false],
  ['*.example.org', 'http://api.example.org/', false],
  ['example.org', 'http://notexample.org/', true],
  ['example.org:8080', 'http://example.org:8080/', false],
  ['example.org:8080', 'http://example.org/', true],
  ['example.org:80', 'http://example.org/', false],
  ['a, localhost ,b', 'http://localhost:3000/', false],
  ['127.0.0.1', 'http://127.0.0.1:3000/', false],
  ['::1', 'http://[::1]:3000/', false],
  ['[::1]:3000', 'http://[::1]:3000/', false],
  ['[::1]:3001', 'http://[::1]:3000/', true],
  ['', 'http://host/', true],
  [',', 'http://host/', true],
])('NO_PROXY=%s and %s: by the proxy is %s', (noProxy, url, isByProxy) => {
  expect(proxyFor(url, { ...settings, noProxy }) !== undefined).toBe(isByProxy)
})
