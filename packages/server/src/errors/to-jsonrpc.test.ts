import { expect, it } from 'vitest'
import { toHttp } from './to-http.ts'
import { jsonRpcStatus, toJsonRpcError } from './to-jsonrpc.ts'
import { ToolDockError } from './tooldock-error.ts'

it('passes the error of an external server on with its own code and data, and nothing of ours', () => {
  const error = new ToolDockError('upstream_error', 'teapot', { code: -1234, data: { kept: true } })
  expect(toJsonRpcError(error, 'r')).toEqual({ code: -1234, message: 'teapot', data: { kept: true } })
  expect(toJsonRpcError(new ToolDockError('upstream_error', 'teapot', { code: -1 }), 'r')).toEqual({ code: -1, message: 'teapot' })
  expect(jsonRpcStatus(error)).toBe(200)
  expect(toHttp(error, 'r')).toMatchObject({ status: 502, body: { error: { code: 'upstream_error', message: 'teapot', requestId: 'r' } } })
})

it('tells what is ours by its code and request id', () => {
  const error = new ToolDockError('tool_not_found', 'no', { name: 'x' })
  expect(toJsonRpcError(error, 'r')).toEqual({ code: -32602, message: 'no', data: { name: 'x', code: 'tool_not_found', requestId: 'r' } })
})

it('a method that no server knows is told apart by the status, whoever answered', () => {
  const error = new ToolDockError('upstream_error', 'Method not found', { code: -32601 })
  expect(jsonRpcStatus(error)).toBe(404)
  expect(toJsonRpcError(error, 'r1')).toEqual({ code: -32601, message: 'Method not found' })
})
