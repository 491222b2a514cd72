const CENSOR = Buffer.from('[redacted]').toString('latin1')

/** The known secret values, and what hides them in what programs print. */
export interface SecretForms {
  add(value: string): void
  /** One for each stream. */
  createScrubber(): OutputScrubber
  /** For text that is whole, such as one line. */
  scrub(text: string): string
}

/** Hides secrets also where one is cut by the end of a chunk: only such a beginning is kept back until more comes. */
export interface OutputScrubber {
  scrub(chunk: Buffer): Buffer
  /** What was kept back, at the end of the stream. */
  end(): Buffer
}

export function createSecretForms(): SecretForms {
  /** Bytes as latin1 text, longest first, so that a secret within another leaves nothing of the longer one. */
  let forms: string[] = []

  function hide(text: string): string {
    let hidden = text
    for (const form of forms) if (hidden.includes(form)) hidden = hidden.replaceAll(form, CENSOR)
    return hidden
  }

  /** Where the end of `text` begins that may turn out to be a secret; its length when there is none. */
  function openFrom(text: string): number {
    let cut = text.length
    for (const form of forms) {
      const first = form.charAt(0)
      for (let at = text.indexOf(first, Math.max(0, text.length - form.length + 1)); at !== -1 && at < cut; at = text.indexOf(first, at + 1))
        if (form.startsWith(text.slice(at))) cut = at
    }
    // A whole secret must not be torn either.
    for (let moved = true; moved; ) {
      moved = false
      for (const form of forms) {
        const at = cut === 0 ? -1 : text.lastIndexOf(form, cut - 1)
        if (at === -1 || at + form.length <= cut) continue
        cut = at
        moved = true
      }
    }
    return cut
  }

  return {
    add(value) {
      const spellings = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), Buffer.from(value).toString('base64')]
      const bytes = spellings.map((spelling) => Buffer.from(spelling).toString('latin1'))
      forms = [...new Set([...forms, ...bytes])].sort((a, b) => b.length - a.length)
    },
    scrub: (text) => Buffer.from(hide(Buffer.from(text).toString('latin1')), 'latin1').toString(),
    createScrubber() {
      let kept = ''
      return {
        scrub(chunk) {
          if (forms.length === 0 && kept === '') return chunk
          const text = kept + chunk.toString('latin1')
          const cut = openFrom(text)
          kept = text.slice(cut)
          return Buffer.from(hide(text.slice(0, cut)), 'latin1')
        },
        end() {
          const last = Buffer.from(hide(kept), 'latin1')
          kept = ''
          return last
        },
      }
    },
  }
}
