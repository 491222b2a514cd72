import type { Logger } from 'pino'
import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { SecretRecord, SecretStore } from '../../store/store.ts'
import { createSecretForms, type OutputScrubber } from './output-scrubber.ts'
import { seal, unseal } from './sealed.ts'

/** What anybody may know about a secret; its value is never read back. */
export interface SecretInfo {
  readonly name: string
  /** Undefined: global. */
  readonly namespace?: string
  readonly setAt: string
}

export interface Secrets {
  /** Decrypts all once, so that logs and output hide them from the start. Returns the ones that another key encrypted. */
  load(): Promise<readonly SecretInfo[]>
  list(): Promise<readonly SecretInfo[]>
  /** `namespace` (a checked name) undefined: every namespace may use it. @throws {ToolDockError} `invalid_params`, `conflict` */
  set(secret: { readonly name: string; readonly namespace?: string; readonly value: string }): Promise<SecretInfo>
  /** @throws {ToolDockError} `not_found` */
  remove(name: string, namespace?: string): Promise<void>
  /** With a namespace go its secrets. */
  removeNamespace(namespace: string): Promise<void>
  /**
   * Puts values in place of every `${secret:NAME}`; a secret of the namespace comes before a global one.
   * @throws {ToolDockError} `secret_unavailable`, naming all that are missing
   */
  resolve(namespace: string, text: string): Promise<string>
  /** The same for every value, as native namespaces need it for the `env` of their tooldock.json. */
  resolveAll(namespace: string, texts: Readonly<Record<string, string>>): Promise<Record<string, string>>
  /** For one stream of captured output. */
  createScrubber(): OutputScrubber
  /** Hides every known secret in a text that is whole. */
  scrub(text: string): string
}

export interface SecretsDeps {
  readonly store: SecretStore
  /** 32 bytes; see secret-key.ts. */
  readonly key: Buffer
  readonly config: Pick<Config, 'secretsMax' | 'secretBytesMax'>
  /** Logging.addSecret: no line of the log holds the value. */
  readonly addSecret: (value: string) => void
  readonly log: Pick<Logger, 'warn'>
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
const REFERENCE = /\$\{secret:([A-Za-z_][A-Za-z0-9_]{0,127})\}/g
/** A shorter value would be found in every other word of a log; it is no secret. */
const VALUE_LENGTH_MIN = 4
const GLOBAL = ''

/** Names in `${secret:NAME}`, each once. */
export function secretReferences(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(REFERENCE), ([, name = '']) => name))]
}

export function createSecrets({ store, key, config, addSecret, log }: SecretsDeps): Secrets {
  const forms = createSecretForms()

  function learn(value: string): string {
    addSecret(value)
    forms.add(value)
    return value
  }
  function open(record: SecretRecord): string | undefined {
    const value = unseal(key, contextOf(record), record.sealed)
    return value === undefined ? undefined : learn(value)
  }

  async function resolve(namespace: string, text: string): Promise<string> {
    const names = secretReferences(text)
    if (names.length === 0) return text
    const records = await store.find(namespace, names)
    const values = new Map<string, string>()
    const missing: string[] = []
    for (const name of names) {
      const record = records.find((each) => each.name === name && each.namespace === namespace) ?? records.find((each) => each.name === name)
      const value = record === undefined ? undefined : open(record)
      if (value !== undefined) values.set(name, value)
      else missing.push(record === undefined ? `${name} is not set` : `${name} was encrypted with another key; set it again`)
    }
    if (missing.length > 0) throw new ToolDockError('secret_unavailable', `Secrets are missing: ${missing.join('; ')}.`)
    return text.replaceAll(REFERENCE, (_, name: string) => values.get(name) ?? '')
  }

  return {
    async load() {
      const unreadable = (await store.list()).filter((record) => open(record) === undefined).map(toInfo)
      if (unreadable.length > 0)
        log.warn(
          { names: unreadable.map(({ name }) => name) },
          'stored values were encrypted with another key: restore TOOLDOCK_SECRET_KEY or DATA_DIR/secret.key, or set them again',
        )
      return unreadable
    },
    list: async () => (await store.list()).map(toInfo),
    async set({ name, namespace = GLOBAL, value }) {
      if (!NAME.test(name))
        throw new ToolDockError('invalid_params', 'A secret is named with letters, digits and "_", not beginning with a digit, at most 128.')
      if (value.length < VALUE_LENGTH_MIN)
        throw new ToolDockError('invalid_params', `A secret has at least ${VALUE_LENGTH_MIN} characters: a shorter one cannot be hidden in logs.`)
      if (Buffer.byteLength(value) > config.secretBytesMax)
        throw new ToolDockError('invalid_params', `A secret is at most ${config.secretBytesMax} bytes long (SECRET_BYTES_MAX).`)
      if (value.includes('\0')) throw new ToolDockError('invalid_params', 'A secret cannot hold a NUL character: no variable can.')
      const setAt = new Date().toISOString()
      // Before it is stored: an error of the database could repeat it.
      learn(value)
      const record = { namespace, name, setAt, sealed: seal(key, contextOf({ namespace, name }), value) }
      if (!(await store.set(record, config.secretsMax))) throw new ToolDockError('conflict', `As many secrets as SECRETS_MAX (${config.secretsMax}) are kept.`)
      return toInfo(record)
    },
    async remove(name, namespace = GLOBAL) {
      if (!(await store.remove(namespace, name))) throw new ToolDockError('not_found', 'There is no secret of this name.')
    },
    removeNamespace: (namespace) => store.removeAll(namespace),
    resolve,
    async resolveAll(namespace, texts) {
      const resolved: Record<string, string> = {}
      for (const [name, text] of Object.entries(texts)) resolved[name] = await resolve(namespace, text)
      return resolved
    },
    createScrubber: () => forms.createScrubber(),
    scrub: (text) => forms.scrub(text),
  }
}

function contextOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}\0${name}`
}

function toInfo({ namespace, name, setAt }: SecretRecord): SecretInfo {
  return namespace === GLOBAL ? { name, setAt } : { name, namespace, setAt }
}
