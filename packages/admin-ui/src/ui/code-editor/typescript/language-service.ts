import ts from 'typescript'
import { folder, type LanguageHost } from './language-host.ts'
import type { Explanation, LanguageMethods, TypeProblem } from './language-protocol.ts'

export type LanguageService = { readonly [M in keyof LanguageMethods]: (params: LanguageMethods[M]['takes']) => LanguageMethods[M]['gives'] }

/** More entries are of no use to a person. */
const completionsMax = 300

/** TypeScript's language service in the words of `language-protocol.ts`. */
export function createLanguageService(host: LanguageHost): LanguageService {
  const service = ts.createLanguageService(host)
  const pathOf = (path: string): string => folder + path
  return {
    open: ({ files }) => {
      host.removeAll()
      for (const { path, content } of files) host.write(pathOf(path), content)
      return null
    },
    install: ({ files }) => {
      host.install(new Map(files.map(({ path, content }) => [pathOf(path), content])))
      return null
    },
    change: ({ path, content }) => {
      host.write(pathOf(path), content)
      return null
    },
    complete: ({ path, at }) => {
      const list = service.getCompletionsAtPosition(pathOf(path), at, { includeCompletionsWithInsertText: false })
      if (list === undefined) return null
      const from = list.optionalReplacementSpan?.start ?? at
      const entries = list.entries.slice(0, completionsMax).map(({ name, kind, sortText }) => ({ name, kind, sortText }))
      return { from, memberList: list.isMemberCompletion, entries }
    },
    describe: ({ path, at, name }) => {
      const details = service.getCompletionEntryDetails(pathOf(path), at, name, undefined, undefined, undefined, undefined)
      return details === undefined ? null : explanation({ start: at, length: 0 }, details.displayParts, details.documentation)
    },
    explain: ({ path, at }) => {
      const info = service.getQuickInfoAtPosition(pathOf(path), at)
      return info === undefined ? null : explanation(info.textSpan, info.displayParts, info.documentation)
    },
    check: ({ path }) => {
      const file = pathOf(path)
      if (!host.fileExists(file)) return []
      return [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].filter(isOfUse).map(toProblem)
    },
  }
}

function explanation(span: ts.TextSpan, signature: readonly ts.SymbolDisplayPart[] = [], documentation: readonly ts.SymbolDisplayPart[] = []): Explanation {
  const text = (parts: readonly ts.SymbolDisplayPart[]): string => parts.map((part) => part.text).join('')
  return { from: span.start, to: span.start + span.length, signature: text(signature), documentation: text(documentation) }
}

/** Of packages of the namespace some may be unknown here; whether they are found is the gateway's to say. */
const unresolvedImportCodes = [2307, 2792, 2882, 7016]

function isOfUse({ code, messageText }: ts.Diagnostic): boolean {
  if (!unresolvedImportCodes.includes(code)) return true
  return /'\.{1,2}\//.test(ts.flattenDiagnosticMessageText(messageText, ' '))
}

/** Types do not keep a file from being published, so what TypeScript says is a warning; only broken syntax is an error. */
function toProblem({ start = 0, length = 0, category, messageText, code }: ts.Diagnostic): TypeProblem {
  const syntax = code < 2000
  const severity = syntax ? 'error' : category === ts.DiagnosticCategory.Error ? 'warning' : 'info'
  return { from: start, to: start + length, severity, message: ts.flattenDiagnosticMessageText(messageText, '\n') }
}
