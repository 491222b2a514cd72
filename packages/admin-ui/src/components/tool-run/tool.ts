import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { client } from '../../api/generated/client.gen.ts'
import type { SchemaObject } from '../../ui/schema-form/json-schema.ts'

/** A tool as `GET /api/tools` tells it, as far as calling it needs. */
export interface Tool {
  readonly namespace: string
  readonly kind: 'native' | 'server' | 'bundle'
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly inputSchema: SchemaObject
  readonly outputSchema?: SchemaObject
  readonly annotations?: Readonly<Record<string, unknown>>
  readonly enabled: boolean
  readonly origin: { readonly file?: string; readonly server?: string; readonly bundle?: string }
}

interface ToolPage {
  readonly tools: readonly Tool[]
  readonly nextCursor: string | null
  readonly total: number
}

export interface ToolExample {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly updatedAt: string
}

const toolsPerPage = 200

// The names of the keys are those of the generated client, so that events make these stale too (api/events.ts).

export function toolsQuery(filter: { readonly namespace?: string | undefined; readonly search?: string | undefined }) {
  const query = { limit: toolsPerPage, ...(filter.namespace ? { namespace: filter.namespace } : {}), ...(filter.search ? { search: filter.search } : {}) }
  return infiniteQueryOptions({
    queryKey: [{ _id: 'getTools', paged: true, query }],
    queryFn: ({ pageParam, signal }) => read<ToolPage>('/api/tools', { signal, query: { ...query, ...(pageParam === null ? {} : { cursor: pageParam }) } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })
}

export function toolQuery(namespace: string, tool: string) {
  return queryOptions({
    queryKey: [{ _id: 'getToolsNsTool', path: { ns: namespace, tool } }],
    queryFn: ({ signal }) => read<Tool>('/api/tools/{ns}/{tool}', { signal, path: { ns: namespace, tool } }),
  })
}

export function examplesQuery(namespace: string, tool: string) {
  return queryOptions({
    queryKey: [{ _id: 'getToolsNsToolExamples', path: { ns: namespace, tool } }],
    queryFn: async ({ signal }) =>
      (await read<{ examples: readonly ToolExample[] }>('/api/tools/{ns}/{tool}/examples', { signal, path: { ns: namespace, tool } })).examples,
  })
}

/** @throws {ApiError} */
export async function saveExample(namespace: string, tool: string, name: string, args: Readonly<Record<string, unknown>>): Promise<void> {
  await client.put({ url: exampleUrl, path: { ns: namespace, tool, name }, body: { arguments: args }, throwOnError: true })
}

/** @throws {ApiError} */
export async function deleteExample(namespace: string, tool: string, name: string): Promise<void> {
  await client.delete({ url: exampleUrl, path: { ns: namespace, tool, name }, throwOnError: true })
}

const exampleUrl = '/api/tools/{ns}/{tool}/examples/{name}'

async function read<T>(
  url: string,
  options: { readonly signal: AbortSignal; readonly query?: Record<string, unknown>; readonly path?: Record<string, unknown> },
): Promise<T> {
  const { data } = await client.get({ url, ...options, throwOnError: true })
  return data as T
}
