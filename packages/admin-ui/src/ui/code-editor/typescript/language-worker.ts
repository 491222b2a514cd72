import { createLanguageHost } from './language-host.ts'
import type { LanguageMethod, LanguageMethods, LanguageRequest, LanguageResponse } from './language-protocol.ts'
import { createLanguageService } from './language-service.ts'
import { libraryFiles } from './library-files.ts'

/** The page's own thread never waits for the type checker: this is its thread. */
const service = createLanguageService(createLanguageHost(libraryFiles()))

self.addEventListener('message', ({ data: { id, method, params } }: MessageEvent<LanguageRequest>) => {
  self.postMessage(answer(id, method, params))
})

function answer<M extends LanguageMethod>(id: number, method: M, params: unknown): LanguageResponse {
  try {
    return { id, result: service[method](params as LanguageMethods[M]['takes']) }
  } catch (thrown) {
    return { id, error: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}
