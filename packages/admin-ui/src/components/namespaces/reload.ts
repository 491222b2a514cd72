import { useMutation, useQueryClient } from '@tanstack/react-query'
import { invalidate } from '../../api/events.ts'
import { postReloadNs } from '../../api/generated/sdk.gen.ts'

/** Publishes the folder as it is now. */
export function useReload(ns: string) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async () => (await postReloadNs({ path: { ns }, throwOnError: true })).data,
    onSettled: () => invalidate(queryClient, ['getNamespaces', 'getNamespacesNs', 'getTools']),
  })
}
