import { useEffect, useEffectEvent, useRef } from 'react'
import Uplot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatCompact } from './format.ts'
import { useScheme } from './theme.ts'
import type { TimeChartProps, TimeSeries } from './time-chart.tsx'

/** The value of a colour token as a canvas understands it. */
function tokenColour(token: string, alpha = 1): string {
  const probe = document.createElement('span')
  probe.style.color = `var(--color-${token})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return alpha === 1 ? color : color.replace(/\)$/, ` / ${alpha})`)
}

export function TimeChartDrawn({ times, series, heightPx = 160, format = formatCompact, onRange }: TimeChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const chart = useRef<Uplot | null>(null)
  const scheme = useScheme()
  const select = useEffectEvent((from: string, to: string) => onRange?.(from, to))
  const isBrush = onRange !== undefined
  const shape = JSON.stringify(series.map(({ label, colour, kind }) => [label, colour, kind]))
  const data = useRef<Uplot.AlignedData>([[]])
  data.current = [times.map((time) => new Date(time).getTime() / 1000), ...series.map(({ values }) => [...values])]

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are others in another scheme; `shape` stands for `series`
  useEffect(() => {
    const element = host.current
    if (element === null) return
    const plot = new Uplot(
      {
        width: element.clientWidth,
        height: heightPx,
        padding: [8, 4, 0, 0],
        legend: { show: true, live: true },
        cursor: { drag: { x: isBrush, y: false, setScale: false }, points: { size: 6 } },
        scales: { y: { range: (_plot, _min, max) => [0, Math.max(max, 1) * 1.05] } },
        axes: [axis({ space: 80 }), axis({ size: 44, space: 36, values: (_plot, ticks) => ticks.map(format) })],
        series: [{ value: (_plot, at) => (at === null ? '' : new Date(at * 1000).toLocaleString()) }, ...series.map((one) => drawn(one, format))],
        hooks: {
          setSelect: [
            (it) => {
              const { left, width } = it.select
              if (width < 2) return
              const toIso = (px: number): string => new Date(it.posToVal(px, 'x') * 1000).toISOString()
              select(toIso(left), toIso(left + width))
              it.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
            },
          ],
        },
      },
      data.current,
      element,
    )
    chart.current = plot
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
      chart.current = null
    }
  }, [scheme, shape, heightPx, isBrush])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the data are made of these
  useEffect(() => chart.current?.setData(data.current), [times, series])
  return (
    <div
      ref={host}
      className="relative h-full overflow-hidden text-xs [&_.u-legend]:absolute [&_.u-legend]:top-0 [&_.u-legend]:right-1 [&_.u-legend]:text-ink-2"
    />
  )
}

function axis(options: Uplot.Axis): Uplot.Axis {
  return { stroke: tokenColour('ink-3'), font: '11px system-ui', grid: { stroke: tokenColour('line'), width: 1 }, ticks: { show: false }, ...options }
}

function drawn({ label, colour, kind = 'line' }: TimeSeries, format: (value: number) => string): Uplot.Series {
  const bars = kind === 'bars' && Uplot.paths.bars !== undefined ? { paths: Uplot.paths.bars({ size: [0.8, 24], align: 1 }) } : {}
  return {
    label,
    stroke: tokenColour(colour),
    width: kind === 'bars' ? 0 : 1.5,
    fill: tokenColour(colour, kind === 'bars' ? 0.8 : 0.1),
    points: { show: false },
    value: (_plot, value) => (value === null || value === undefined ? '' : format(value)),
    ...bars,
  }
}
