import { useQuery } from '@tanstack/react-query'
import { getNamespacesNsUsesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { countOf } from '../../ui/format.ts'

/** Who would miss a namespace, in words for the question whether to delete it. Asked for when `enabled` becomes true. */
export function useMisses(ns: string, enabled: boolean): readonly string[] {
  const { data } = useQuery({ ...getNamespacesNsUsesOptions({ path: { ns } }), enabled, staleTime: 0 })
  if (data === undefined) return []
  const { keys, bundles, callsLastDay } = data
  return [
    ...(keys.length === 0 ? [] : [`all that ${countOf(keys.length, 'key')} may see: ${keys.join(', ')}`]),
    ...(bundles.length === 0 ? [] : [`its parts of ${countOf(bundles.length, 'bundle')}: ${bundles.join(', ')}`]),
    ...(callsLastDay === 0 ? [] : [`what was called ${countOf(callsLastDay, 'time')} in the last 24 hours`]),
  ]
}
