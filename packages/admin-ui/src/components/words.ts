const WORD = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+/g
const QUOTED = /"((?:[^"\\]|\\.)*)"|'([^']*)'/g

/** As a shell would split it, quotes included; nothing is expanded. */
export function words(text: string): string[] {
  return (text.match(WORD) ?? []).map((word) =>
    word.replace(QUOTED, (_all, double: string | undefined, single: string) => double?.replace(/\\(.)/g, '$1') ?? single),
  )
}
