import { useState } from 'react'
import { BASE_URL } from '../../api/base-url.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ViewSwitch } from '../../ui/view-switch.tsx'
import { type SnippetLanguage, snippetOf } from './code-snippets.ts'
import type { ExecuteRequest } from './execute-event.ts'

const languages: readonly { readonly value: SnippetLanguage; readonly label: string }[] = [
  { value: 'curl', label: 'curl' },
  { value: 'typescript', label: 'TypeScript' },
  { value: 'python', label: 'Python' },
]

/** Programs that make the same call; the token comes from the environment variable TOOLDOCK_TOKEN. */
export function CodeSnippets({ request }: { readonly request: ExecuteRequest }) {
  const [language, setLanguage] = useState<SnippetLanguage>('curl')
  const code = snippetOf(language, request, BASE_URL)
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <ViewSwitch label="Language" value={language} onChange={setLanguage} options={languages} />
        <CopyButton text={code} label={`Copy as ${language}`} words="Copy" size="sm" />
      </div>
      <pre className="overflow-auto rounded-md bg-sunken p-2.5 font-mono text-xs leading-5">{code}</pre>
      <p className="text-ink-3 text-xs">
        Put a key into <code>TOOLDOCK_TOKEN</code> first.
      </p>
    </div>
  )
}
