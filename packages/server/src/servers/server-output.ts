import type { OutputScrubber } from './secrets/output-scrubber.ts'

/** Kept in memory for the words of a failed start. */
const TAIL_BYTES = 4096
const LAST_LINES = 10
const LINE_LENGTH_MAX = 500

export interface ServerOutputDeps {
  readonly namespace: string
  /** Appends to the bounded file of the namespace. Must not throw. */
  readonly write: (namespace: string, chunk: Buffer) => void
  /** Hides secrets in one stream, also where a chunk cuts one. */
  readonly createScrubber: () => OutputScrubber
}

/** What the processes of one server print: no secret in it, bounded on disk and in memory. */
export interface ServerOutput {
  /** One for each stream of a process; `end` when the process has ended. */
  stream(): { write(chunk: Buffer): void; end(): void }
  /** A line of ToolDock's own, such as why the server was ended. */
  note(line: string): void
  /** The newest lines, for an error message; binary and very long ones are made short. */
  lastLines(): readonly string[]
  /** From now on the last lines are those of a new start. */
  begin(): void
  /** Passes on what comes from now on. Returns the function that ends it. */
  follow(listener: (chunk: Buffer) => void): () => void
}

export function createServerOutput({ namespace, write, createScrubber }: ServerOutputDeps): ServerOutput {
  const followers = new Set<(chunk: Buffer) => void>()
  let tail = Buffer.alloc(0)

  function append(chunk: Buffer): void {
    if (chunk.length === 0) return
    write(namespace, chunk)
    tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES)
    for (const follower of followers) follower(chunk)
  }

  return {
    stream() {
      const scrubber = createScrubber()
      return { write: (chunk) => append(scrubber.scrub(chunk)), end: () => append(scrubber.end()) }
    },
    note: (line) => append(Buffer.from(`[tooldock] ${line}\n`)),
    lastLines: () =>
      tail
        .toString()
        .split('\n')
        .map((line) => printable(line).trimEnd())
        .filter((line) => line !== '')
        .slice(-LAST_LINES),
    begin() {
      tail = Buffer.alloc(0)
    },
    follow(listener) {
      const follower = (chunk: Buffer): void => listener(chunk)
      followers.add(follower)
      return () => void followers.delete(follower)
    },
  }
}

function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours and other bytes that say nothing to a reader
  const plain = line.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replace(/[\x00-\x08\x0b-\x1f\x7f\ufffd]+/g, '·')
  return plain.length > LINE_LENGTH_MAX ? `${plain.slice(0, LINE_LENGTH_MAX)}…` : plain
}
