const SECRET_NAME = /auth|cookie|token|passw(or)?d|pwd|secret|key|credential|dsn|_url$/i
const REFERENCES = /^(?:[^$]*\$\{secret:[^}]+\})+[^$]*$/

/** Does this variable or header look as if it held a secret itself? One that refers to a stored secret does not. */
export function mayBeSecret(name: string, value: string): boolean {
  return SECRET_NAME.test(name) && !REFERENCES.test(value)
}
