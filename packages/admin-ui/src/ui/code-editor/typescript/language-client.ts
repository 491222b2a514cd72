import type { LanguageMethod, LanguageMethods, LanguageRequest, LanguageResponse } from './language-protocol.ts'

export interface LanguageClient {
  /** Rejects when the worker cannot (a broken download, a bug in it); the editor works without. */
  call<M extends LanguageMethod>(method: M, params: LanguageMethods[M]['takes']): Promise<LanguageMethods[M]['gives']>
  /** Tells whenever other files were opened or packages installed, so that what was found before is out of date. Gives what ends it. */
  onOpened(listener: () => void): () => void
  close(): void
}

/** Starts the worker, which is megabytes: only an editor that shows TypeScript does. */
export function openLanguageClient(): LanguageClient {
  const worker = new Worker(new URL('./language-worker.ts', import.meta.url), { type: 'module', name: 'typescript' })
  const waiting = new Map<number, { method: LanguageMethod; resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  const listeners = new Set<() => void>()
  let lastId = 0
  const fail = (reason: string): void => {
    for (const { reject } of waiting.values()) reject(new Error(reason))
    waiting.clear()
  }
  worker.addEventListener('message', ({ data }: MessageEvent<LanguageResponse>) => {
    const call = waiting.get(data.id)
    waiting.delete(data.id)
    if ('error' in data) call?.reject(new Error(data.error))
    else call?.resolve(data.result)
    if (call?.method === 'open' || call?.method === 'install') for (const listener of listeners) listener()
  })
  worker.addEventListener('error', (event) => fail(event.message))
  return {
    call: <M extends LanguageMethod>(method: M, params: LanguageMethods[M]['takes']) =>
      new Promise<LanguageMethods[M]['gives']>((resolve, reject) => {
        const request: LanguageRequest = { id: ++lastId, method, params }
        waiting.set(request.id, { method, resolve: resolve as (result: unknown) => void, reject })
        worker.postMessage(request)
      }),
    onOpened: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      worker.terminate()
      fail('The editor was closed.')
    },
  }
}
