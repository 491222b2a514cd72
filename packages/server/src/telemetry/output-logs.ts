import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createOutputLog, type OutputLog } from './output-log.ts'

/** What the tools of every namespace print: one bounded file each, made when there is something to write. */
export interface OutputLogs {
  write(namespace: string, chunk: Buffer | string): void
  /** The last `bytesMax` bytes as text; empty when nothing was printed. */
  read(namespace: string, bytesMax: number): Promise<string>
  close(): Promise<void>
}

/** @param namespaces are checked names: they become file names */
export function createOutputLogs(dir: string, bytesMax: number, log: Pick<Logger, 'warn'>): OutputLogs {
  const logs = new Map<string, OutputLog>()
  const made = mkdir(dir, { recursive: true, mode: 0o700 })
  // Whoever writes next is told; until then nobody waits for it.
  made.catch(() => {})
  const pathOf = (namespace: string): string => join(dir, `${namespace}.log`)

  return {
    write(namespace, chunk) {
      let output = logs.get(namespace)
      if (output === undefined) {
        output = createOutputLog(pathOf(namespace), bytesMax, (error) => log.warn({ err: error, namespace }, 'what a tool printed could not be written'))
        logs.set(namespace, output)
      }
      output.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
    },
    async read(namespace, tailBytes) {
      await made
      const file = await open(pathOf(namespace), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      if (file === undefined) return ''
      try {
        const { size } = await file.stat()
        const start = Math.max(0, size - tailBytes)
        const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
        return buffer.toString('utf8', 0, bytesRead)
      } finally {
        await file.close()
      }
    },
    async close() {
      await Promise.all([...logs.values()].map((output) => output.close()))
    },
  }
}
