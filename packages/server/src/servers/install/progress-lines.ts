const LINE_LENGTH_MAX = 500
const LINES_KEPT_MAX = 200
/** A line without end is cut here. */
const CARRY_MAX = 4096

/** The newest lines of an installation, cleaned and without secrets. */
export interface ProgressLines {
  readonly lines: readonly string[]
  say(line: string): void
  /** Takes the output of one stream; call `end` after it. */
  stream(): { write(chunk: Buffer): void; end(): void }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const CONTROL = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]/g
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s"'\\/@]+@/gi

export function createProgressLines(scrub: (text: string) => string, onLine: (line: string) => void): ProgressLines {
  const lines: string[] = []
  const say = (line: string): void => {
    const clean = scrub(line).replace(URL_CREDENTIALS, '$1[redacted]@').replace(CONTROL, '').trimEnd().slice(0, LINE_LENGTH_MAX)
    if (clean.trim() === '') return
    lines.push(clean)
    if (lines.length > LINES_KEPT_MAX) lines.shift()
    onLine(clean)
  }
  return {
    lines,
    say,
    stream() {
      const decoder = new TextDecoder()
      let carry = ''
      return {
        write(chunk) {
          const parts = (carry + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r/)
          carry = parts.pop() ?? ''
          for (const part of parts) say(part)
          if (carry.length <= CARRY_MAX) return
          say(carry)
          carry = ''
        },
        end() {
          if (carry !== '') say(carry)
          carry = ''
        },
      }
    },
  }
}
