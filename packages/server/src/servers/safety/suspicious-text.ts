/** What a description of a tool says to the model rather than about the tool. */
interface Sign {
  readonly pattern: RegExp
  readonly words: string
}

const SIGNS: readonly Sign[] = [
  {
    pattern: /\b(ignore|disregard|forget|override)\b.{0,40}\b(previous|prior|above|earlier|all|other|system)\b.{0,20}\b(instruction|prompt|rule|message)s?/is,
    words: 'tells the model to ignore instructions',
  },
  {
    pattern: /\b(do not|don't|never|without)\b.{0,30}\b(tell|mention|inform|reveal|show|notify|telling|informing|mentioning)\b.{0,30}\b(user|human|anyone)/is,
    words: 'asks to hide something from the user',
  },
  { pattern: /<\s*\/?\s*(important|system|secret|instructions?|admin|hidden)\s*>/i, words: 'holds a tag that poses as instructions' },
  {
    pattern: /(~|\$home|\/home\/\w+|\/root)\/\.(ssh|aws|gnupg|kube|docker|config)|\bid_(rsa|ed25519)\b|\/etc\/(passwd|shadow)|\.(cursor|claude)\/mcp\.json/i,
    words: 'names files that hold secrets',
  },
  {
    pattern: /\b(before|after|when(ever)?)\b.{0,60}\b(using|calling|call|use|running)\b.{0,40}\b(any|every|other|another|all)\b.{0,15}\btools?\b/is,
    words: 'gives orders about other tools',
  },
  {
    pattern: /\b(send|forward|post|upload|exfiltrate|bcc|copy)\b.{0,60}\b(conversation|chat history|credentials?|api[ _-]?keys?|passwords?|private keys?)\b/is,
    words: 'asks for conversations or credentials',
  },
  { pattern: /[A-Za-z0-9+/]{200,}={0,2}/, words: 'holds a long encoded text' },
  { pattern: /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u, words: 'holds characters that nobody sees' },
]

export interface DescribedTool {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly inputSchema?: unknown
}

const TEXT_MAX = 20_000

/** One sentence for each tool that speaks to the model; `inputSchema` is read too, for its descriptions reach the model as well. */
export function suspiciousTools(tools: readonly DescribedTool[]): string[] {
  return tools.flatMap(({ name, title = '', description = '', inputSchema = {} }) => {
    const text = `${name}\n${title}\n${description}\n${descriptionsOf(inputSchema).join('\n')}`.slice(0, TEXT_MAX)
    const words = SIGNS.filter(({ pattern }) => pattern.test(text)).map((sign) => sign.words)
    return words.length === 0 ? [] : [`${JSON.stringify(name.slice(0, 80))} ${words.join(', ')}`]
  })
}

const DEPTH_MAX = 12

function descriptionsOf(schema: unknown, depth = 0): string[] {
  if (typeof schema === 'string') return [schema]
  if (typeof schema !== 'object' || schema === null || depth > DEPTH_MAX) return []
  return Object.values(schema).flatMap((member) => descriptionsOf(member, depth + 1))
}
