import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { invalidate } from '../../api/events.ts'
import { getServersNsOptions, getServersOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { deleteServersNs, postServersNsRestart, postServersNsStart, postServersNsStop } from '../../api/generated/sdk.gen.ts'
import type { Server } from '../../api/generated/types.gen.ts'
import { isUnderWay } from './server-state.tsx'

/** The lines of an installation are no events: while one goes on they are asked for. */
const PROGRESS_MS = 1000

export const serversQuery = () =>
  queryOptions({
    ...getServersOptions(),
    placeholderData: keepPreviousData,
    select: (answer): readonly Server[] => ('servers' in answer ? answer.servers : []),
  })

export const serverQuery = (ns: string) =>
  queryOptions({
    ...getServersNsOptions({ path: { ns } }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isUnderWay(data) ? PROGRESS_MS : false),
  })

export type ServerAct = 'start' | 'stop' | 'restart' | 'remove'

const ACTS = { start: postServersNsStart, stop: postServersNsStop, restart: postServersNsRestart, remove: deleteServersNs } as const

/** Starts, stops, restarts or removes a server. */
export function useServerAct(ns: string) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (act: ServerAct) => {
      await ACTS[act]({ path: { ns }, throwOnError: true })
    },
    onSettled: () => invalidate(queryClient, ['getServers', 'getServersNs']),
  })
}
