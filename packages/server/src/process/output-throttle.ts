import type { Readable } from 'node:stream'

/** What a child may print. Beyond it the child waits in its own write: a flood costs the gateway nothing. */
export const OUTPUT_BYTES_PER_SECOND_MAX = 1024 * 1024
const SLOT_MS = 100
const SLOT_BYTES = (OUTPUT_BYTES_PER_SECOND_MAX * SLOT_MS) / 1000

export interface OutputThrottle {
  /** Passes what `stream` holds to `onChunk`, at most {@link OUTPUT_BYTES_PER_SECOND_MAX}. */
  read(stream: Readable, onChunk: (chunk: Buffer) => void): void
  close(): void
}

/** One timer for all streams, running only while one of them is paused. */
export function createOutputThrottle(): OutputThrottle {
  const paused = new Set<Readable>()
  let timer: NodeJS.Timeout | undefined

  function resumeAll(): void {
    timer = undefined
    const resumed = [...paused]
    paused.clear()
    for (const stream of resumed) stream.resume()
  }

  return {
    read(stream, onChunk) {
      let slot = 0
      let bytes = 0
      stream.on('error', () => stream.destroy())
      stream.on('close', () => paused.delete(stream))
      stream.on('data', (chunk: Buffer) => {
        const now = Math.floor(performance.now() / SLOT_MS)
        if (now !== slot) {
          slot = now
          bytes = 0
        }
        bytes += chunk.length
        onChunk(chunk)
        if (bytes < SLOT_BYTES) return
        stream.pause()
        paused.add(stream)
        timer ??= setTimeout(resumeAll, SLOT_MS)
      })
    },
    close() {
      clearTimeout(timer)
      paused.clear()
    },
  }
}
