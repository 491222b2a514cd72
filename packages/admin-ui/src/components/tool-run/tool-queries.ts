import { getToolsInfiniteOptions } from '../../api/generated/@tanstack/react-query.gen.ts'

const toolsPerPage = 200

/** Tools of all namespaces or of one, page by page. */
export function toolsQuery({ namespace, search }: { readonly namespace?: string | undefined; readonly search?: string | undefined }) {
  const query = { limit: toolsPerPage, ...(namespace ? { namespace } : {}), ...(search ? { search } : {}) }
  return {
    ...getToolsInfiniteOptions({ query }),
    // An empty object stands for the first page, which has no cursor.
    initialPageParam: {},
    getNextPageParam: ({ nextCursor }: { readonly nextCursor: string | null }) => nextCursor,
  }
}
