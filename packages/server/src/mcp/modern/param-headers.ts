import type { ToolEntry } from '@tooldock/worker/protocol'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { type ParamHeader, readParamHeaders, valueAt } from '../../upstream/param-headers.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/**
 * Checks the `Mcp-Param-*` headers of a tool call against its arguments (2026-07-28, basic/transports/streamable-http
 * "Server Behavior for Custom Headers"). What a tool declares is read from its schema once.
 */
export function createParamHeaders() {
  const declared = new WeakMap<ToolEntry, readonly ParamHeader[]>()
  return {
    /** @throws header_mismatch */
    check(tool: ToolEntry, args: unknown, headers: Headers): void {
      let list = declared.get(tool)
      if (list === undefined) declared.set(tool, (list = readParamHeaders(tool.inputSchema) ?? []))
      for (const { header, path } of list) checkOne(header.toLowerCase(), valueAt(args, path), headers[header.toLowerCase()])
    },
  }
}

function checkOne(name: string, value: unknown, header: string | string[] | undefined): void {
  const refuse = (what: string) => new ToolDockError('header_mismatch', `Header mismatch: ${name} ${what}.`)
  if (value === undefined || value === null) {
    if (header !== undefined) throw refuse('is set but the body has no such value')
    return
  }
  if (header === undefined) throw refuse('is missing although the body has the value')
  if (typeof header !== 'string') throw refuse('is set more than once')
  const text = decodeHeaderValue(header)
  if (text === undefined) throw refuse('has invalid characters or encoding')
  // Integers are compared as numbers: 42.0 and 42 are equal.
  const equal = typeof value === 'number' ? text.trim() !== '' && Number(text) === value : text === String(value)
  if (!equal) throw refuse('does not match the body')
}

const ENCODED = /^=\?base64\?(.*)\?=$/s

/** Undoes the encoding of header values; undefined when the value is not one that the encoding allows. */
export function decodeHeaderValue(value: string): string | undefined {
  const encoded = ENCODED.exec(value)?.[1]
  if (encoded === undefined) return /^[\x20-\x7e\t]*$/.test(value) ? value : undefined
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'))
  } catch {
    return undefined // not UTF-8, which the caller answers as an invalid value
  }
}
