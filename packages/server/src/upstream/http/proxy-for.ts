export interface ProxySettings {
  readonly httpProxy: string | undefined
  readonly httpsProxy: string | undefined
  /** Hosts without a proxy, comma separated: `*`, `host`, `.domain`, `host:port`. */
  readonly noProxy: string | undefined
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** The proxy for an address, as curl reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY; a domain in NO_PROXY means its subdomains too. */
export function proxyFor(url: string, { httpProxy, httpsProxy, noProxy }: ProxySettings): string | undefined {
  const { protocol, hostname, port } = new URL(url)
  const proxy = protocol === 'https:' ? httpsProxy : httpProxy
  if (proxy === undefined || noProxy === undefined) return proxy
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const hostPort = port === '' ? DEFAULT_PORTS[protocol] : port
  const isExempt = noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => matches(entry, host, hostPort))
  return isExempt ? undefined : proxy
}

function matches(entry: string, host: string, hostPort: string | undefined): boolean {
  if (entry === '*') return true
  const [, name = '', port] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry.includes('::') && !entry.startsWith('[') ? `[${entry}]` : entry) ?? []
  const domain = name.replace(/^\*?\./, '')
  return domain !== '' && (port === undefined || port === hostPort) && (host === domain || host.endsWith(`.${domain}`))
}
