import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import type { Store } from '../store/store.ts'
import type { ApiKeys } from './api-key.types.ts'
import { openApiKeys } from './api-keys.ts'
import { createOwnCredentials, type OwnCredentials } from './own-credentials.ts'
import { createSignInCodes, type SignInCodes } from './sign-in-codes.ts'
import { openSignIns, type SignIns } from './sign-ins.ts'

export interface AccessDeps {
  readonly config: Pick<Config, 'apiKeysMax' | 'signInMinutes' | 'signInsMax'>
  readonly store: Pick<Store, 'apiKeys' | 'signIns'>
  /** The administrator's. */
  readonly token: string
  readonly log: Logger
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Who may come in, besides the holder of the administrator's token. */
export interface Access {
  readonly keys: ApiKeys
  readonly signIns: SignIns
  readonly codes: SignInCodes
  /** The gateway's, for itself. */
  readonly own: OwnCredentials
  /** Told the id of each key and sign-in for which nothing may stay open. Listeners must not throw. */
  onEnd(listener: (credential: string) => void): void
  close(): Promise<void>
}

/** Reads keys and sign-ins. @throws store_unavailable */
export async function openAccess({ config, store, token, log, now }: AccessDeps): Promise<Access> {
  const keys = await openApiKeys({ store: store.apiKeys, config, log, now })
  const signIns = await openSignIns({ store: store.signIns, config, keys, token, now })
  return {
    keys,
    signIns,
    codes: createSignInCodes(now),
    own: createOwnCredentials(),
    onEnd(listener) {
      keys.subscribe(({ id, ends }) => {
        if (ends) listener(id)
      })
      signIns.onEnd(listener)
    },
    async close() {
      signIns.close()
      await keys.close()
    },
  }
}
