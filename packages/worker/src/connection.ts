import { Socket } from 'node:net'

const NEWLINE = 10
/** Notifications are dropped while more than this waits to be written: a tool that floods must not fill the memory. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024

export interface Connection {
  /** Queues one line; all lines of one turn of the event loop leave in one write. */
  send(line: string): void
  /** As `send`, but gives up when the reader does not keep up. */
  offer(line: string): void
  /** Writes what is queued, then calls back (also when the other side is gone). */
  flush(done: () => void): void
}

/** Newline-delimited JSON over a duplex pipe. */
export function openConnection(fd: number, onMessage: (message: Record<string, unknown>) => void, onEnd: () => void): Connection {
  const socket = new Socket({ fd, readable: true, writable: true })
  let queued = ''
  const write = () => {
    const lines = queued
    queued = ''
    if (lines !== '') socket.write(lines)
  }
  const send = (line: string) => {
    if (queued === '') setImmediate(write)
    queued += `${line}\n`
  }

  let partial: Buffer[] = []
  socket.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(NEWLINE)
    if (end < 0) {
      partial.push(chunk)
      return
    }
    const lines = partial.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...partial, chunk.subarray(0, end)])
    partial = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : []
    for (const line of lines.toString().split('\n')) {
      if (line !== '') onMessage(JSON.parse(line) as Record<string, unknown>)
    }
  })
  socket.on('end', onEnd)
  // A broken pipe is the same news as its end: the gateway is gone.
  socket.on('error', onEnd)

  return {
    send,
    offer(line) {
      if (queued.length + socket.writableLength < BACKLOG_BYTES_MAX) send(line)
    },
    flush(done) {
      const lines = queued
      queued = ''
      socket.write(lines, () => done())
    },
  }
}
