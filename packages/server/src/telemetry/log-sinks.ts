import { write } from 'node:fs'
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LineSink } from './line-writer.ts'

const DAILY_FILE = /^(\d{4}-\d{2}-\d{2})\.jsonl$/
const DAY_MS = 86_400_000

/** One file for each UTC day, `YYYY-MM-DD.jsonl`; `part` is the day. When a day begins, files past `retentionDays` are deleted. */
export function createDailyFile(dir: string, retentionDays: number, onTrouble: (message: string) => void): LineSink {
  let day: string | undefined
  let file: FileHandle | undefined
  /** Bytes of whole lines: nobody else writes to the file. */
  let size = 0

  async function close(): Promise<void> {
    const closing = file
    file = undefined
    day = undefined
    await closing?.close()
  }

  async function roll(next: string): Promise<FileHandle> {
    await close()
    file = await open(join(dir, `${next}.jsonl`), 'a', 0o600)
    size = (await file.stat()).size
    day = next
    const firstKept = new Date(Date.parse(next) - retentionDays * DAY_MS).toISOString().slice(0, 10)
    await deleteOlder(dir, firstKept).catch((error: Error) => onTrouble(`old files cannot be deleted: ${error.message}`))
    return file
  }

  return {
    async append(text, part) {
      try {
        const current = file !== undefined && part === day ? file : await roll(part)
        const data = Buffer.from(text)
        await current.appendFile(data)
        size += data.length
      } catch (error) {
        // A full disk took some of it: half a line, that the next one would be glued to. All of `text` counts as lost.
        await file?.truncate(size).catch(() => {
          // What is wrong with the file is told by the write that failed.
        })
        // Opened anew for the next lines: the folder may be another one by then.
        await close()
        throw error
      }
    },
    close,
  }
}

async function deleteOlder(dir: string, firstKept: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const date = DAILY_FILE.exec(name)?.[1]
    if (date !== undefined && date < firstKept) await rm(join(dir, name), { force: true })
  }
}

const STDOUT = 1
const FULL_PIPE_RETRY_MS = 10

/** A descriptor that belongs to somebody else (stdout): it is not closed, and a full pipe is waited for. */
export function createDescriptorSink(fd: number): LineSink {
  // Node makes a pipe on stdout non-blocking when its stream is first asked for. In a blocking one a reader that stopped
  // would catch a thread inside the system, and the process could not even exit.
  if (fd === STDOUT) void process.stdout.writable
  let closed = false
  const writeSome = (data: Buffer) => new Promise<number>((resolve, reject) => write(fd, data, (error, written) => (error ? reject(error) : resolve(written))))
  return {
    async append(text) {
      for (let rest = Buffer.from(text); rest.length > 0; ) {
        try {
          rest = rest.subarray(await writeSome(rest))
        } catch (error) {
          if (closed || (error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
          await new Promise((resolve) => setTimeout(resolve, FULL_PIPE_RETRY_MS))
        }
      }
    },
    async close() {
      closed = true
    },
  }
}
