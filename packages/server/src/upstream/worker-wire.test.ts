import { describe, expect, it } from 'vitest'
import { TOKEN_HOLDER } from '../kernel/principal.ts'
import { RpcError } from './json-lines.ts'
import { parseParkedState, toOuterState, toToolDockError, toUpstreamResult, toWireParams } from './worker-wire.ts'

const raw = (value: Record<string, unknown>) => ({ text: JSON.stringify(value), value })

describe('toUpstreamResult', () => {
  it('passes the text of a complete result on as it is, parsed or not', () => {
    const value = { resultType: 'complete', isError: true, content: [] }
    const expected = { kind: 'complete', json: JSON.stringify(value), isError: true }
    expect(toUpstreamResult(raw(value))).toEqual(expected)
    expect(toUpstreamResult({ text: JSON.stringify(value), value: undefined })).toEqual(expected)
    expect(toUpstreamResult({ text: '{"resultType":"complete","content":[]}', value: undefined })).toMatchObject({ isError: false })
  })

  it('puts the members of any other result in the order readers rely on', () => {
    expect(toUpstreamResult(raw({ content: [], isError: true }))).toMatchObject({ json: '{"resultType":"complete","isError":true,"content":[]}' })
    expect(toUpstreamResult(raw({ completion: { values: [] }, resultType: 'complete' }))).toMatchObject({
      json: '{"resultType":"complete","completion":{"values":[]}}',
    })
  })

  it('reads a request for input', () => {
    const inputRequests = { a: { method: 'roots/list' } }
    expect(toUpstreamResult(raw({ resultType: 'input_required', inputRequests }))).toEqual({ kind: 'input_required', inputRequests })
    expect(toUpstreamResult(raw({ resultType: 'input_required', requestState: 'own:x' }))).toEqual({
      kind: 'input_required',
      inputRequests: {},
      requestState: 'own:x',
    })
  })
})

it('gives a progress token only to calls whose caller listens, and its own', () => {
  const call = {
    method: 'tools/call',
    params: { name: 'a' },
    requestId: 'r',
    principal: TOKEN_HOLDER,
    clientCapabilities: {},
    meta: { progressToken: 'theirs' },
  } as const
  expect(toWireParams(call, 7, 1000, undefined)._meta).not.toHaveProperty('progressToken')
  expect(toWireParams({ ...call, onNotification: () => {} }, 7, 1000, 'parked:1')).toMatchObject({ requestState: 'parked:1', _meta: { progressToken: 7 } })
})

it.each([
  [-32602, { code: 'resource_not_found', uri: 'a://b' }, 'resource_not_found', { uri: 'a://b' }],
  [-32602, { code: 'invalid_arguments', details: { fields: [] } }, 'invalid_arguments', { fields: [] }],
  [-32602, { code: 'toString' }, 'invalid_params', { code: 'toString' }],
  [-32021, { requiredCapabilities: { roots: {} } }, 'missing_client_capability', { requiredCapabilities: { roots: {} } }],
  [-32601, undefined, 'method_not_found', undefined],
  [-32000, 'text', 'tool_error', 'text'],
])('says error %i with %o as %s', (code, data, expected, details) => {
  expect(toToolDockError(new RpcError(code, 'why', data))).toMatchObject({ code: expected, message: 'why', details })
})

it('names parked calls so that no other worker takes them for its own, whatever the generation is called', () => {
  const outer = toOuterState('parked:12', '2026.01.02', 'abc')
  expect(outer).toBe('parked.2026.01.02.abc.12')
  expect(parseParkedState(outer)).toEqual({ generation: '2026.01.02', instance: 'abc', number: '12' })
  expect(toOuterState('own:parked.a.b.1', 'g', 'i')).toBe('own:parked.a.b.1')
  expect(parseParkedState('own:parked.a.b.1')).toBeUndefined()
})
