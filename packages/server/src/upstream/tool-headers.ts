import type { ToolEntry } from '@tooldock/worker/protocol'
import { type ParamHeader, paramHeaderValues, readParamHeaders, toHeaderValue } from './param-headers.ts'
import type { PassedRequest } from './upstream.ts'

const NO_HEADERS: readonly ParamHeader[] = []

/** Which parameter the header Mcp-Name repeats (2026-07-28, basic/transports/streamable-http "Standard Request Headers"; the tasks extension). */
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
}

/**
 * The headers of requests over HTTP. What arguments a tool wants in headers is in its schema: that is read once, before the
 * first call, and anew when the list has changed.
 */
export class ToolHeaders {
  readonly #listTools: () => Promise<readonly ToolEntry[]>
  #byTool: Map<string, readonly ParamHeader[]> | undefined
  #loading: Promise<void> | undefined

  constructor(listTools: () => Promise<readonly ToolEntry[]>) {
    this.#listTools = listTools
  }

  /** Learns from a list; returns the tools that may be published, and tells of the others. */
  learn(tools: readonly ToolEntry[], onRefused: (what: string) => void): ToolEntry[] {
    const byTool = new Map<string, readonly ParamHeader[]>()
    const allowed = tools.filter((tool) => {
      const headers = readParamHeaders(tool.inputSchema)
      if (headers === undefined) onRefused(`its tool "${tool.name}" has an x-mcp-header that MCP does not allow`)
      else if (headers.length > 0) byTool.set(tool.name, headers)
      return headers !== undefined
    })
    this.#byTool = byTool
    return allowed
  }

  forget(): void {
    this.#byTool = undefined
  }

  /** Undefined when the headers of this call cannot be known before {@link load}. */
  of({ method, params }: Pick<PassedRequest, 'method' | 'params'>): Record<string, string> | undefined {
    if (method !== 'tools/call') return standardHeaders(method, params)
    if (this.#byTool === undefined) return undefined
    const own = this.#byTool.get(String(params.name)) ?? NO_HEADERS
    return { ...standardHeaders(method, params), ...paramHeaderValues(own, params.arguments) }
  }

  /** Several calls at once load once. */
  load(): Promise<void> {
    this.#loading ??= this.#listTools()
      .then((tools) => void this.learn(tools, () => {}))
      .finally(() => {
        this.#loading = undefined
      })
    return this.#loading
  }
}

export function standardHeaders(method: string, params: Readonly<Record<string, unknown>>): Record<string, string> {
  const named = NAMED_BY[method]
  const name = named === undefined ? undefined : params[named]
  return { 'Mcp-Method': method, ...(typeof name === 'string' ? { 'Mcp-Name': toHeaderValue(name) } : {}) }
}
