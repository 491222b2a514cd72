import { useEffect, useEffectEvent, useState } from 'react'
import { getNamespacesNsDependenciesTypes, getNamespacesNsFilesPath } from '../../../api/generated/sdk.gen.ts'
import type { NamespaceFile } from '../../../api/generated/types.gen.ts'
import { type LanguageClient, openLanguageClient } from '../../../ui/code-editor/typescript/language-client.ts'
import type { SourceFile } from '../../../ui/code-editor/typescript/language-protocol.ts'
import type { Copies } from './working-copy.ts'

/** Of a folder with more files than these, the rest is unknown to the editor. */
const filesMax = 100
const bytesMax = 2_000_000
const packageNames = ['package.json', 'package-lock.json']
const sourceName = /\.[cm]?[jt]s$/

/** The language service of one editor, with all source files of the folder as they stand here: what is being written before what is saved. */
export function useLanguage(namespace: string, files: readonly NamespaceFile[], copies: Copies): LanguageClient | null {
  const [client, setClient] = useState<LanguageClient | null>(null)
  useEffect(() => {
    const opened = openLanguageClient()
    setClient(opened)
    return () => {
      setClient(null)
      opened.close()
    }
  }, [])

  const sources = files.filter(({ path, etag, bytes }) => sourceName.test(path) && etag !== null && bytes < bytesMax).slice(0, filesMax)
  const key = JSON.stringify(sources.map(({ path, etag }) => [path, etag]))
  const withCopies = useEffectEvent((read: readonly SourceFile[]): readonly SourceFile[] => {
    const written = [...copies.values()].filter(({ path }) => sourceName.test(path)).map(({ path, content }) => ({ path, content }))
    return [...read.filter(({ path }) => !copies.has(path)), ...written]
  })
  useEffect(() => {
    if (client === null) return
    let isStale = false
    const paths = (JSON.parse(key) as [string, string][]).map(([path]) => path)
    void readAll(namespace, paths).then((read) => {
      // Without the worker (it could not be loaded) the editor works as a plain one.
      if (!isStale) client.call('open', { files: withCopies(read) }).catch(() => undefined)
    })
    return () => {
      isStale = true
    }
  }, [client, namespace, key])

  // Of the versions that are installed: a folder without package.json has no packages.
  const installed = files.filter(({ path, etag }) => packageNames.includes(path) && etag !== null).map(({ etag }) => etag)
  const packagesKey = installed.join(' ')
  useEffect(() => {
    if (client === null || packagesKey === '') return
    const abort = new AbortController()
    // The editor works without them, and the gateway says when a package is missing.
    void getNamespacesNsDependenciesTypes({ path: { ns: namespace }, signal: abort.signal }).then(({ data }) => {
      if (data !== undefined && !abort.signal.aborted) client.call('install', { files: data.files }).catch(() => undefined)
    })
    return () => abort.abort()
  }, [client, namespace, packagesKey])
  return client
}

async function readAll(namespace: string, paths: readonly string[]): Promise<SourceFile[]> {
  const read = await Promise.all(paths.map((path) => getNamespacesNsFilesPath({ path: { ns: namespace, path } })))
  return read.flatMap(({ data }) => (data?.encoding === 'utf8' && data.content !== null ? [{ path: data.path, content: data.content }] : []))
}
