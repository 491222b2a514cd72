import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { ToolDockError } from '../../errors/tooldock-error.ts'

/** Where no remote server is, only what a cloud tells its machines; an IPv4 address in IPv6 clothes is judged as what it is. */
const NEVER = blockList(
  ['169.254.0.0/16', '0.0.0.0/8', '224.0.0.0/4', '240.0.0.0/4', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32'],
  ['fe80::/10', 'ff00::/8', '::/128', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
)
const PRIVATE = blockList(
  ['10.0.0.0/8', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15'],
  ['::1/128', 'fc00::/7', 'fec0::/10'],
)
const METADATA_NAMES: ReadonlySet<string> = new Set(['metadata.google.internal', 'metadata.goog', 'metadata', 'instance-data', 'instance-data.ec2.internal'])

function blockList(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const blocked = new BlockList()
  for (const range of [...ipv4, ...ipv6]) {
    const [address = '', bits] = range.split('/')
    blocked.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return blocked
}

/** `::ffff:1.2.3.4`, NAT64 (`64:ff9b::/96`) and 6to4 (`2002::/16`) carry an IPv4 address; undefined when there is none inside. */
function embeddedIpv4(address: string): string | undefined {
  // The parser of URLs writes an IPv6 address in one way, without dots.
  const plain = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1)
  const [head = '', tail = ''] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const groups = (plain.includes('::') ? [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right] : left).map((group) =>
    Number.parseInt(group, 16),
  )
  const dotted = (high = 0, low = 0): string => [high >> 8, high & 255, low >> 8, low & 255].join('.')
  const zeros = (from: number, to: number): boolean => groups.slice(from, to).every((group) => group === 0)
  if (zeros(0, 5) && groups[5] === 0xffff) return dotted(groups[6], groups[7])
  if (zeros(0, 6) && (groups[6] ?? 0) !== 0) return dotted(groups[6], groups[7])
  if (groups[0] === 0x64 && groups[1] === 0xff9b && zeros(2, 6)) return dotted(groups[6], groups[7])
  if (groups[0] === 0x2002) return dotted(groups[1], groups[2])
  return undefined
}

/** Why no connection is made to an IP address; undefined: it may be. */
export function addressFault(address: string, allowPrivate: boolean): string | undefined {
  const embedded = isIP(address) === 6 ? embeddedIpv4(address) : undefined
  if (embedded !== undefined) return addressFault(embedded, allowPrivate)
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  const plain = address.replace(/%.*$/, '')
  if (isIP(plain) === 0) return `${address} is no IP address`
  if (NEVER.check(plain, family)) return `${address} is link-local, a cloud's metadata service or no address of a host`
  if (!allowPrivate && PRIVATE.check(plain, family)) return `${address} is private, and UPSTREAM_ALLOW_PRIVATE is false`
  return undefined
}

/**
 * Why a URL cannot be a remote server, as far as it can be told without DNS. Ask it again for the target of every redirect.
 */
export function remoteUrlFault(url: string, allowPrivate: boolean): string | undefined {
  if (!URL.canParse(url)) return 'it is not a URL'
  const { protocol, hostname, username, password } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return 'only http:// and https:// URLs'
  if (username !== '' || password !== '') return 'a URL holds no user and password: use a header with ${secret:NAME}'
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  if (host === '') return 'it names no host'
  if (METADATA_NAMES.has(host)) return `${host} is a cloud's metadata service`
  if (isIP(host) !== 0) return addressFault(host, allowPrivate)
  if (!allowPrivate && (host === 'localhost' || host.endsWith('.localhost'))) return `${host} is private, and UPSTREAM_ALLOW_PRIVATE is false`
  return undefined
}

/**
 * A `lookup` for `net.connect`, `http.request` and undici's `connect`: only addresses that were checked are given, so what
 * was checked is what is connected to. Note: no lookup happens for a host that is an IP address; `remoteUrlFault` judges those.
 */
export function createCheckedLookup(allowPrivate: boolean, lookup: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, '', 0)
      // One bad address of several: the name is not to be trusted, whichever would be tried.
      const fault = addresses.map(({ address }) => addressFault(address, allowPrivate)).find((each) => each !== undefined)
      const [first] = addresses
      if (fault !== undefined || first === undefined)
        return callback(new ToolDockError('server_blocked', `${hostname} is refused: ${fault ?? 'it has no address'}.`), '', 0)
      if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

/**
 * The whole check of a remote URL, DNS included, before anything is stored or sent.
 * @returns why it is refused; a name that does not resolve now is not refused.
 */
export async function checkRemoteUrl(url: string, allowPrivate: boolean, lookup: typeof systemLookup = systemLookup): Promise<string | undefined> {
  const fault = remoteUrlFault(url, allowPrivate)
  if (fault !== undefined) return fault
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return undefined
  return new Promise((resolve) => {
    createCheckedLookup(allowPrivate, lookup)(host, { all: true }, (error) => resolve(error instanceof ToolDockError ? error.message : undefined))
  })
}
