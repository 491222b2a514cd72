import { hash, randomBytes } from 'node:crypto'
import type { Principal } from '../kernel/principal.ts'

const CREDENTIAL_BYTES = 32
const CREDENTIAL_START = 'tdown_'

/** Opens the gateway to itself in the name of a principal. It leaves the process only to come back in, and is kept nowhere. */
export interface OwnCredential {
  readonly token: string
  release(): void
}

export interface OwnCredentials {
  /** For one piece of work, and with the rights of whoever asked for it. */
  lend(principal: Principal): OwnCredential
  find(token: string): Principal | undefined
}

/** Credentials for requests that the gateway makes to its own address: as many as there is such work, each as long as it takes. */
export function createOwnCredentials(): OwnCredentials {
  const lent = new Map<string, Principal>()
  return {
    lend(principal) {
      const token = CREDENTIAL_START + randomBytes(CREDENTIAL_BYTES).toString('base64url')
      const key = digest(token)
      lent.set(key, principal)
      return { token, release: () => void lent.delete(key) }
    },
    // As with API keys: where in the map a hash is looked for says nothing of the credential.
    find: (token) => (token.startsWith(CREDENTIAL_START) ? lent.get(digest(token)) : undefined),
  }
}

const digest = (token: string): string => hash('sha256', token, 'base64url')
