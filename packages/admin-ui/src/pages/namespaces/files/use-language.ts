import { useEffect, useState } from 'react'
import { getNamespacesNsFilesPath } from '../../../api/generated/sdk.gen.ts'
import type { NamespaceFile } from '../../../api/generated/types.gen.ts'
import { type LanguageClient, openLanguageClient } from '../../../ui/code-editor/typescript/language-client.ts'

/** A folder with more than these is edited without knowledge of its other files. */
const filesMax = 100
const bytesMax = 2_000_000

/** The language service with all source files of the folder open, for as long as the editor is shown. */
export function useLanguage(namespace: string, files: readonly NamespaceFile[] | undefined): LanguageClient | null {
  const [client, setClient] = useState<LanguageClient | null>(null)
  const sources = (files ?? []).filter(({ path, etag, bytes }) => /\.[cm]?[jt]s$/.test(path) && etag !== null && bytes < bytesMax).slice(0, filesMax)
  const key = sources.map(({ path, etag }) => `${etag} ${path}`).join('\n')
  useEffect(() => {
    if (key === '') return
    const opened = openLanguageClient()
    let isClosed = false
    const paths = key.split('\n').map((line) => line.slice(line.indexOf(' ') + 1))
    void readAll(namespace, paths).then(async (open) => {
      if (isClosed) return
      // Without the worker (it could not be loaded) the editor works as a plain one.
      await opened.call('open', { files: open }).then(
        () => !isClosed && setClient(opened),
        () => undefined,
      )
    })
    return () => {
      isClosed = true
      setClient(null)
      opened.close()
    }
  }, [namespace, key])
  return client
}

async function readAll(namespace: string, paths: readonly string[]): Promise<{ path: string; content: string }[]> {
  const read = await Promise.all(paths.map((path) => getNamespacesNsFilesPath({ path: { ns: namespace, path } })))
  return read.flatMap(({ data }) => (data?.encoding === 'utf8' && data.content !== null ? [{ path: data.path, content: data.content }] : []))
}
