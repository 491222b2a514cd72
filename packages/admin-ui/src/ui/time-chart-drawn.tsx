import { useEffect, useEffectEvent, useRef } from 'react'
import Uplot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatCompact } from './format.ts'
import { useScheme } from './theme.ts'
import type { TimeChartProps, TimeSeries } from './time-chart.tsx'

/** Draws {@link TimeChartProps}; a move of the pointer says what was then. */
export function TimeChartDrawn({ times, series, heightPx = 160, format = formatCompact, onRange }: TimeChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const chart = useRef<Uplot | null>(null)
  const readout = useRef<HTMLParagraphElement>(null)
  const scheme = useScheme()
  const select = useEffectEvent((from: string, to: string) => onRange?.(from, to))
  const isBrush = onRange !== undefined
  const shape = JSON.stringify(series.map(({ label, colour, kind }) => [label, colour, kind]))
  const data = useRef<Uplot.AlignedData>([[]])
  data.current = [times.map((time) => new Date(time).getTime() / 1000), ...series.map(({ values }) => [...values])]
  const describe = useEffectEvent((index: number | null | undefined) => {
    if (readout.current === null) return
    const time = index === null || index === undefined ? undefined : times[index]
    const values = series.map(({ label, values: ofSeries }) => `${label} ${format(ofSeries[index ?? -1] ?? 0)}`)
    readout.current.textContent = time === undefined ? '' : `${READOUT_TIME.format(new Date(time))} · ${values.join(' · ')}`
  })

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are others in another scheme; `shape` stands for `series`
  useEffect(() => {
    const element = host.current
    if (element === null) return
    const plot = new Uplot(
      {
        width: element.clientWidth,
        height: heightPx - READOUT_PX,
        padding: [6, 6, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: isBrush, y: false, setScale: false }, points: { size: 6 } },
        scales: { x: { range: withLastStep }, y: { range: (_plot, _min, max) => [0, Math.max(max, 1) * 1.05] } },
        axes: [
          axis({ space: 72, size: 24, values: timeLabels }),
          axis({ size: 40, space: 34, incrs: WHOLE_STEPS, values: (_plot, ticks) => ticks.map(format) }),
        ],
        series: [{}, ...series.map(drawn)],
        hooks: { setCursor: [({ cursor }) => describe(cursor.idx)], setSelect: [(it) => takeSelection(it, select)] },
      },
      data.current,
      element,
    )
    chart.current = plot
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx - READOUT_PX }))
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
    <div className="relative h-full overflow-hidden text-xs">
      <div className="flex h-5 items-center gap-3 text-ink-2">
        {series.map(({ label, colour }) => (
          <span key={label} className="inline-flex items-center gap-1.5">
            <span aria-hidden className="h-0.5 w-3 rounded-full" style={{ background: `var(--color-${colour})` }} />
            {label}
          </span>
        ))}
        <p ref={readout} className="min-w-0 flex-1 truncate text-right text-ink" />
      </div>
      <div ref={host} />
    </div>
  )
}

const READOUT_PX = 20
const READOUT_TIME = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const CLOCK = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const CLOCK_SECONDS = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
const DAY = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' })
/** Counts have no halves. */
const WHOLE_STEPS = [1, 2, 5].flatMap((digit) => Array.from({ length: 13 }, (_, power) => digit * 10 ** power)).toSorted((a, b) => a - b)

/** A bar begins at its time: the last one needs its width, too. */
function withLastStep({ data: [times = []] }: Uplot, min: number, max: number): [number, number] {
  const [first, second] = times
  return [min, first === undefined || second === undefined ? max : max + second - first]
}

/** Clock times; the day at midnight, and everywhere when a step is a day or more. */
function timeLabels(_plot: Uplot, ticks: number[], _axis: number, _space: number, stepSeconds: number): string[] {
  return ticks.map((tick) => {
    const date = new Date(tick * 1000)
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0
    if (stepSeconds >= 86_400 || isMidnight) return DAY.format(date)
    return (stepSeconds < 60 ? CLOCK_SECONDS : CLOCK).format(date)
  })
}

function takeSelection(plot: Uplot, select: (from: string, to: string) => void): void {
  const { left, width } = plot.select
  if (width < 2) return
  const toIso = (px: number): string => new Date(plot.posToVal(px, 'x') * 1000).toISOString()
  select(toIso(left), toIso(left + width))
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}

/** The value of a colour token as a canvas understands it. */
function tokenColour(token: string, alpha = 1): string {
  const probe = document.createElement('span')
  probe.style.color = `var(--color-${token})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return alpha === 1 ? color : color.replace(/\)$/, ` / ${alpha})`)
}

function axis(options: Uplot.Axis): Uplot.Axis {
  return { stroke: tokenColour('ink-3'), font: '11px system-ui', grid: { stroke: tokenColour('line'), width: 1 }, ticks: { show: false }, ...options }
}

function drawn({ label, colour, kind = 'line' }: TimeSeries): Uplot.Series {
  const bars = kind === 'bars' && Uplot.paths.bars !== undefined ? { paths: Uplot.paths.bars({ size: [0.8, 24], align: 1 }) } : {}
  return {
    label,
    stroke: tokenColour(colour),
    width: kind === 'bars' ? 0 : 1.5,
    fill: tokenColour(colour, kind === 'bars' ? 0.8 : 0.1),
    points: { show: false },
    ...bars,
  }
}
