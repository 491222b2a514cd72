import { useQuery, useQueryClient } from '@tanstack/react-query'
import { invalidate, useGatewayEvent } from '../../api/events.ts'
import { getCallsOptions } from '../../api/generated/@tanstack/react-query.gen.ts'

/** Was a tool ever called, as far as the gateway remembers? Undefined: not known yet; true when it cannot be known, which the panels that show calls say. */
export function useHasCalls(): boolean | undefined {
  const queryClient = useQueryClient()
  const { data, isError } = useQuery(getCallsOptions({ query: { limit: 1 } }))
  const hasCalls = isError ? true : data && data.calls.length > 0
  useGatewayEvent('call.finished', () => {
    if (hasCalls === false) void invalidate(queryClient, ['getCalls'])
  })
  return hasCalls
}
