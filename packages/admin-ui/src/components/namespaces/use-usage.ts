import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { getMetricsOptions, getMetricsSeriesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'

const DAY_MS = 86_400_000
const SPARK_STEP_SECONDS = 3600

/** The last 24 hours as they were when the page was opened, so that one question has one answer. */
function useDay(): { readonly from: string; readonly to: string } {
  const [day] = useState(() => ({ from: new Date(Date.now() - DAY_MS).toISOString(), to: new Date().toISOString() }))
  return day
}

/** Calls of the last 24 hours by namespace. */
export function useUsage() {
  const day = useDay()
  const { data } = useQuery({ ...getMetricsOptions({ query: { ...day, groupBy: 'namespace' } }), placeholderData: keepPreviousData })
  return new Map(data?.rows.map((row) => [row.namespace ?? '', row]))
}

/** Calls of the last 24 hours, hour by hour. */
export function useHourlyCalls(namespace: string, enabled: boolean): readonly number[] {
  const day = useDay()
  const { data } = useQuery({ ...getMetricsSeriesOptions({ query: { ...day, namespace, step: SPARK_STEP_SECONDS } }), enabled })
  return data?.points.map(({ calls }) => calls) ?? []
}
