import { Readable } from 'node:stream'

/** Answers that go on until their reader leaves, such as the output of a server. */
export interface LiveStreams {
  /**
   * `begin` is given what writes to the stream and answers what ends its source. A reader so slow that more than the bound
   * waits in memory for it is cut off. `finish` ends the stream when what was written is read.
   */
  open(begin: (write: (chunk: Buffer | string) => void, finish: () => void) => () => void): Readable
  /** Ends all, so that the listeners can close; none can be opened afterwards. */
  close(): void
}

export function createLiveStreams({ streamBufferBytesMax }: { readonly streamBufferBytesMax: number }): LiveStreams {
  const streams = new Set<Readable>()
  let isClosed = false
  return {
    open(begin) {
      const stream = new Readable({ read() {} })
      if (isClosed) {
        stream.push(null)
        return stream
      }
      let isFinished = false
      const end = begin(
        (chunk) => {
          if (isFinished || stream.destroyed || stream.readableEnded) return
          stream.push(chunk)
          if (stream.readableLength > streamBufferBytesMax) stream.destroy()
        },
        () => {
          if (!isFinished) stream.push(null)
          isFinished = true
        },
      )
      streams.add(stream)
      stream.once('close', () => {
        streams.delete(stream)
        end()
      })
      return stream
    },
    close() {
      isClosed = true
      for (const stream of streams) stream.push(null)
    },
  }
}
