import { Download, FileWarning } from 'lucide-react'
import { useEffect, useState } from 'react'
import { buttonClass } from '../button.tsx'
import { formatBytes } from '../format.ts'

export interface MediaContentProps {
  readonly label: string
  readonly data: string
  readonly mimeType: string
  /** For the name of the file. */
  readonly uri?: string
}

/** Bytes that came as base64: a picture, a sound, or a file to save. */
export function MediaContent({ label, data, mimeType, uri }: MediaContentProps) {
  const media = useObjectUrl(data, mimeType)
  if (media === undefined) return null
  if (media === null) {
    return (
      <p className="flex items-center gap-2 text-failed">
        <FileWarning aria-hidden className="size-4" /> {label}: not valid base64.
      </p>
    )
  }
  return (
    <figure className="space-y-1.5">
      {mimeType.startsWith('image/') && <img src={media.url} alt={label} className="max-h-96 max-w-full rounded-md border bg-sunken" />}
      {/* biome-ignore lint/a11y/useMediaCaption: what a tool returns has no captions */}
      {mimeType.startsWith('audio/') && <audio controls src={media.url} aria-label={label} className="w-full" />}
      <figcaption className="flex flex-wrap items-center gap-2 text-ink-3 text-xs">
        <code>{mimeType}</code> {formatBytes(media.bytes)}
        <a href={media.url} download={fileName(uri, mimeType)} className={buttonClass('ghost', 'sm')}>
          <Download aria-hidden className="size-3.5" /> Save
        </a>
      </figcaption>
    </figure>
  )
}

/** An object URL instead of a data: URL, which browsers limit in size. Never opened as a page: a tool's HTML must not run here. Undefined: not made yet; null: no base64. */
function useObjectUrl(data: string, mimeType: string): { readonly url: string; readonly bytes: number } | null | undefined {
  const [media, setMedia] = useState<{ url: string; bytes: number } | null>()
  useEffect(() => {
    const bytes = decode(data)
    if (bytes === null) {
      setMedia(null)
      return
    }
    const isShown = /^(image|audio)\//.test(mimeType)
    const url = URL.createObjectURL(new Blob([bytes], { type: isShown ? mimeType : 'application/octet-stream' }))
    setMedia({ url, bytes: bytes.length })
    return () => URL.revokeObjectURL(url)
  }, [data, mimeType])
  return media
}

function decode(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}

function fileName(uri: string | undefined, mimeType: string): string {
  const last = uri?.split(/[/?#]/).findLast((part) => part !== '')
  return last ?? `result.${mimeType.split(/[/+;]/)[1] ?? 'bin'}`
}
