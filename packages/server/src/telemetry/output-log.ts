import { appendFile, open, rename, stat } from 'node:fs/promises'

/** The file that keeps what the tools of one namespace print. */
export interface OutputLog {
  /** Takes the chunk at once. What comes faster than the disk takes it is dropped, and the file says how much. */
  write(chunk: Buffer): void
  /** Resolves when everything is in the file. */
  close(): Promise<void>
}

/**
 * `bytesMax` bounds the file and, apart from it, what waits in memory. When the file is full its older half is dropped.
 * No descriptor stays open between writes. `onTrouble` is told why chunks could not be written.
 */
export function createOutputLog(path: string, bytesMax: number, onTrouble: (error: Error) => void): OutputLog {
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let droppedBytes = 0
  let size: number | undefined
  let writing: Promise<void> | undefined
  let closed = false

  function take(): Buffer {
    if (droppedBytes > 0) waiting.push(Buffer.from(`\n… ${droppedBytes} bytes dropped\n`))
    const taken = Buffer.concat(waiting)
    waiting = []
    waitingBytes = 0
    droppedBytes = 0
    return taken
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const data = take()
      try {
        size ??= await sizeOf(path)
        if (size + data.length > bytesMax) size = await dropOlderHalf(path, size, data, bytesMax)
        else {
          await appendFile(path, data, { mode: 0o600 })
          size += data.length
        }
      } catch (error) {
        droppedBytes += data.length
        size = undefined
        onTrouble(error as Error)
      }
    }
    writing = undefined
  }

  return {
    write(chunk) {
      if (closed || waitingBytes + chunk.length > bytesMax) {
        droppedBytes += chunk.length
        return
      }
      waiting.push(chunk)
      waitingBytes += chunk.length
      writing ??= new Promise((resolve) => setImmediate(resolve)).then(drain)
    },
    async close() {
      closed = true
      await writing
    },
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

/** Puts the newest half of `bytesMax`, of the file and `data` after it, in place of the file. Answers its size. */
async function dropOlderHalf(path: string, size: number, data: Buffer, bytesMax: number): Promise<number> {
  const half = Math.floor(bytesMax / 2)
  const kept = data.length >= half ? data.subarray(data.length - half) : Buffer.concat([await readEnd(path, size, half - data.length), data])
  const whole = fromLineStart(kept)
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(whole)
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  return whole.length
}

async function readEnd(path: string, size: number, bytes: number): Promise<Buffer> {
  const wanted = Math.min(bytes, size)
  if (wanted === 0) return Buffer.alloc(0)
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, size - wanted)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** A cut goes through a line, and perhaps through a character: begin with the next line when there is one. */
function fromLineStart(data: Buffer): Buffer {
  const newline = data.indexOf(0x0a)
  return newline === -1 || newline === data.length - 1 ? data : data.subarray(newline + 1)
}
