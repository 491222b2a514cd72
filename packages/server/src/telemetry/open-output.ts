import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import { createOutputLines } from './output-lines.ts'
import { createOutputLogs, type OutputLogs } from './output-logs.ts'

/** What tools and servers print. */
export interface Output {
  /** To the file of the namespace, and as lines to the log. */
  write(namespace: string, chunk: Buffer | string): void
  /** To the file alone: it is a line of the log already. */
  keep(namespace: string, chunk: Buffer | string): void
  readonly read: OutputLogs['read']
  close(): Promise<void>
}

/** @param dir where the files are; made when it is missing */
export function openOutput(dir: string, config: Pick<Config, 'outputLogBytesMax' | 'outputLinesPerSecondMax'>, log: Logger): Output {
  const files = createOutputLogs(dir, config.outputLogBytesMax, log)
  const lines = createOutputLines(log, config.outputLinesPerSecondMax)
  return {
    write(namespace, chunk) {
      files.write(namespace, chunk)
      lines.write(namespace, chunk)
    },
    keep: files.write,
    read: files.read,
    close: files.close,
  }
}
