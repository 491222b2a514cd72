import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api-error.ts'

/** What is tried again by itself: reads that failed for want of a connection or a ready gateway. */
const RETRIES_MAX = 2

/** Server data lives here and nowhere else. Events invalidate it (events.ts), so it is not fetched again by itself. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < RETRIES_MAX && (!(error instanceof ApiError) || error.status === 0 || error.status === 503),
      },
    },
  })
}
