import { type FormEvent, useEffect, useEffectEvent, useRef, useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { type Credential, useSessionKeeper } from '../api/session.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { SecretInput } from '../ui/inputs.tsx'
import { ApiErrorNotice } from './api-error-notice.tsx'

export interface SignInFormProps {
  readonly onSignedIn: () => Promise<void>
  /** Try the single-use code of the page's address first. */
  readonly codeFromAddress?: boolean
}

export function SignInForm({ onSignedIn, codeFromAddress = false }: SignInFormProps) {
  const keeper = useSessionKeeper()
  const [token, setToken] = useState('')
  const [isWorking, setWorking] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const usedCode = useRef(false)

  const signIn = async (credential: Credential): Promise<void> => {
    setWorking(true)
    setError(null)
    try {
      await keeper.signIn(credential)
      await onSignedIn()
    } catch (thrown) {
      setError(thrown)
      setWorking(false)
    }
  }
  const signInByCode = useEffectEvent(() => {
    const code = new URLSearchParams(location.hash.slice(1)).get('code')
    if (!codeFromAddress || code === null || usedCode.current) return
    usedCode.current = true
    // It is valid once: nothing is gained by having it in the history.
    history.replaceState(history.state, '', location.pathname + location.search)
    void signIn({ code })
  })
  useEffect(() => signInByCode(), [])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (token.trim() !== '') void signIn({ token: token.trim() })
  }
  const isWrong = error instanceof ApiError && error.status === 401
  return (
    <form onSubmit={submit} className="space-y-4">
      <Field
        label="Token"
        error={isWrong ? error.message : undefined}
        hint={
          <>
            The gateway's token, or a key of yours. Where nobody set <code>BEARER_TOKEN</code>, it is in the file <code>token</code> of the data directory. The
            gateway also prints a link that signs in once when it starts.
          </>
        }
      >
        {(control) => <SecretInput {...control} autoFocus value={token} onChange={(event) => setToken(event.target.value)} />}
      </Field>
      {error !== null && !isWrong && <ApiErrorNotice title="Signing in failed" error={error} />}
      <Button type="submit" variant="primary" working={isWorking} className="w-full">
        Sign in
      </Button>
    </form>
  )
}
