/** What a start says of itself. */
export interface Started {
  readonly version: string
  /** `http://host:port` of the main listener. */
  readonly url: string
  readonly otherListeners: readonly { readonly name: string; readonly url: string }[]
  readonly namespaces: readonly string[]
  readonly token: Token
  /** Makes a code that signs a browser in, once and soon. */
  readonly createSignInCode: () => string
}

/** Where the administrator's token is. */
export type Token = { readonly from: 'environment' } | { readonly from: 'disabled' } | { readonly from: 'file'; readonly path: string; readonly value: string }

/**
 * Everything a newcomer needs, once: addresses, the token, and a line that connects a client.
 * @param terminal only a terminal shows the token itself; anything else may be a log that others read
 */
export function startMessage(started: Started, terminal: boolean): string {
  const { url, token, namespaces } = started
  const rows: [string, string][] = [
    ['Admin', adminUrl(started, terminal)],
    ['All tools', `${url}/mcp`],
    ...namespaces.map((name): [string, string] => [name, `${url}/${name}/mcp`]),
    ...started.otherListeners.map((listener): [string, string] => [`${listener.name} only`, listener.url]),
    ['Token', tokenText(token, terminal)],
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  const table = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`).join('\n')
  return `\nToolDock ${started.version} is listening on ${url}\n\n${table}\n\nConnect a client, for example Claude Code:\n  ${connectLine(started, terminal)}\n\n`
}

/** On a terminal, to click: it signs the browser in, once, within five minutes. */
function adminUrl({ url, token, createSignInCode }: Started, terminal: boolean): string {
  return terminal && token.from !== 'disabled' ? `${url}/sign-in#code=${createSignInCode()}  (signs you in, once, for 5 minutes)` : `${url}/`
}

function tokenText(token: Token, terminal: boolean): string {
  if (token.from === 'disabled') return 'none: AUTH_DISABLED is true, so any program on this machine may call every tool'
  if (token.from === 'environment') return 'the one in BEARER_TOKEN'
  return terminal ? `${token.value}  (kept in ${token.path})` : `kept in ${token.path}`
}

function connectLine({ url, token }: Started, terminal: boolean): string {
  const add = `claude mcp add --transport http tooldock ${url}/mcp`
  if (token.from === 'disabled') return add
  const value = token.from === 'environment' ? '$BEARER_TOKEN' : terminal ? token.value : `$(cat "${token.path}")`
  return `${add} --header "Authorization: Bearer ${value}"`
}
