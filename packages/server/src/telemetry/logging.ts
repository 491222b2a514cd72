import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { type ChildLoggerOptions, type Logger, pino } from 'pino'
import type { Config } from '../config/settings.ts'
import { type LineSink, LineWriter } from './line-writer.ts'
import { createDailyFile, createDescriptorSink } from './log-sinks.ts'
import { createKeyRedactor, createScrubber } from './redact.ts'
import { type RequestLog, requestJson, requestText } from './request-log.ts'
import { levelLabel, toTextLine } from './text-line.ts'

export interface Logging {
  readonly logger: Logger
  readonly requestLog: RequestLog
  /** From now on the value (four characters or more) appears in no line, wherever it comes from. */
  addSecret(value: string): void
  /** A value of JSON as it may be kept: what has a name such as `token` and every known secret is hidden. */
  hideSecrets(value: unknown): unknown
  /** JSON text without the secrets that were added; what only looks like one stays, so that text can be written back. */
  hideKnownSecrets(json: string): string
  /** Is told each line as the file has it, and must not throw. Returns the function that ends it. */
  onLine(listener: (line: string) => void): () => void
  /** Lines that could not be written since the start. */
  readonly linesLost: number
  /** Writes what waits and closes the file. Later lines are dropped. */
  close(): Promise<void>
}

export type LoggingConfig = Pick<Config, 'logLevel' | 'logFormat' | 'logRetentionDays' | 'logBufferBytesMax'>

const STDOUT = 1
const STDERR = 2

/**
 * Logs to stdout as `LOG_FORMAT` says and always to `logs/YYYY-MM-DD.jsonl` as JSON (`time`, `level`, `msg`). A line costs
 * its caller a few microseconds and no waiting: lines of a turn are written together, by threads of the system.
 *
 * Members with a name such as `token` are hidden by our own walk, not by pino's `redact`, which wants a path for each depth.
 */
export function createLogging(config: LoggingConfig, dirs: { readonly logsDir: string }, stdoutFd = STDOUT): Logging {
  const redact = createKeyRedactor()
  const scrubber = createScrubber()
  const open = (name: string, sinkOf: (onTrouble: (message: string) => void) => LineSink) => {
    const onTrouble = (message: string) => complain(`${name}: ${message}`)
    return new LineWriter(sinkOf(onTrouble), { waitingMax: config.logBufferBytesMax, onTrouble })
  }
  const file = open(dirs.logsDir, (onTrouble) => createDailyFile(dirs.logsDir, config.logRetentionDays, onTrouble))
  const stdout = open('stdout', () => createDescriptorSink(stdoutFd))
  const coloured = isatty(stdoutFd)
  const isText = config.logFormat === 'text'
  let timeMs = 0
  let time = ''

  /** Under load many lines share a millisecond, and its text costs as much as the rest of the line. */
  const readTime = (): string => {
    const now = Date.now()
    if (now !== timeMs) time = new Date(now).toISOString()
    timeMs = now
    return time
  }

  const listeners = new Set<(line: string) => void>()
  const keep = (line: string): void => {
    // The day of the line, not of this moment: `time` was made for this very line.
    file.write(line, time.slice(0, 10))
    if (listeners.size > 0) for (const listener of listeners) listener(line)
  }

  const destination = {
    write(line: string) {
      const scrubbed = scrubber.scrub(line)
      keep(scrubbed)
      stdout.write(isText ? toTextLine(scrubbed, coloured) : scrubbed)
    },
  }
  const logger = pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: () => `,"time":"${readTime()}"`,
      formatters: { level: (level) => ({ level }), log: redact },
      // `redact` has made a plain object of it.
      serializers: { err: (err: unknown) => err },
    },
    destination,
  )
  // Bindings reach no formatter of pino's. A child inherits this from its parent.
  const child = logger.child
  logger.child = function (this: Logger, bindings: Record<string, unknown>, options?: ChildLoggerOptions) {
    return Reflect.apply(child, this, [redact(bindings), options])
  } as unknown as typeof child
  const requestLog: RequestLog = (level, line) => {
    if (!logger.isLevelEnabled(level)) return
    const json = requestJson(readTime(), level, line)
    const scrubbed = scrubber.scrub(json)
    keep(scrubbed)
    const text = isText && scrubbed === json ? requestText(time, levelLabel(level, coloured), line) : undefined
    stdout.write(text ?? (isText ? toTextLine(scrubbed, coloured) : scrubbed))
  }
  return {
    logger,
    requestLog,
    addSecret: (value) => scrubber.add(value),
    hideKnownSecrets: (json) => scrubber.hideKnown(json),
    hideSecrets: (value) => (JSON.parse(scrubber.scrub(JSON.stringify(redact({ value })))) as { value?: unknown }).value,
    onLine(listener) {
      const own = (line: string) => listener(line)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    get linesLost() {
      return file.lost + stdout.lost
    },
    async close() {
      await Promise.all([file.close(), stdout.close()])
    },
  }
}

/** The log itself is in trouble, so this goes the other way, and rarely. */
function complain(message: string): void {
  try {
    writeSync(STDERR, `tooldock: ${message}\n`)
  } catch {
    // Nobody is left to tell.
  }
}
