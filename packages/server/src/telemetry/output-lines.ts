import { StringDecoder } from 'node:string_decoder'
import type { Logger } from 'pino'

/** What tools and servers print, as lines of the log with their namespace. */
export interface OutputLines {
  /** Takes any part of what was printed; what is not a whole line yet waits for its end. */
  write(namespace: string, chunk: Buffer | string): void
}

const SECOND_MS = 1000
/** The rest of a longer line is left out: its file has it. */
const LINE_CHARS_MAX = 2000

interface Printed {
  readonly decoder: StringDecoder
  rest: string
  second: number
  lines: number
}

/** A namespace that prints more than `perSecondMax` lines is told so once for each second; the file of its output has the rest. */
export function createOutputLines(log: Pick<Logger, 'info'>, perSecondMax: number): OutputLines {
  const namespaces = new Map<string, Printed>()

  /** False: as many as allowed were logged in this second. */
  function mayLog(namespace: string, printed: Printed): boolean {
    const second = Math.floor(performance.now() / SECOND_MS)
    if (second !== printed.second) {
      printed.second = second
      printed.lines = 0
    }
    printed.lines++
    if (printed.lines === perSecondMax + 1) log.info({ namespace }, `It prints more than ${perSecondMax} lines a second; the rest is in the file of its output`)
    return printed.lines <= perSecondMax
  }

  return {
    write(namespace, chunk) {
      if (perSecondMax === 0) return
      let printed = namespaces.get(namespace)
      if (printed === undefined) namespaces.set(namespace, (printed = { decoder: new StringDecoder('utf8'), rest: '', second: 0, lines: 0 }))
      const lines = (printed.rest + (typeof chunk === 'string' ? chunk : printed.decoder.write(chunk))).split('\n')
      printed.rest = lines.pop()?.slice(0, LINE_CHARS_MAX) ?? ''
      for (const line of lines) {
        const text = line.slice(0, LINE_CHARS_MAX).trimEnd()
        if (text === '') continue
        if (!mayLog(namespace, printed)) break
        log.info({ namespace, printed: true }, text)
      }
    },
  }
}
