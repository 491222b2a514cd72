/** A template of RFC 6570 read backwards: from a URI to the values of its variables. */
export interface UriTemplate {
  readonly variables: readonly string[]
  /** Undefined when the URI is not of this template. */
  match(uri: string): Record<string, string> | undefined
}

/** How a variable looks in a URI, by the operator of its expression: what stands before it, between two, and its text. */
const OPERATORS: Readonly<Record<string, { readonly first: string; readonly separator: string; readonly value: string }>> = {
  '': { first: '', separator: ',', value: '[^/?#,]+' },
  '+': { first: '', separator: ',', value: '.+' },
  '#': { first: '#', separator: ',', value: '.+' },
  '.': { first: '\\.', separator: '\\.', value: '[^/?#.]+' },
  '/': { first: '/', separator: '/', value: '[^/?#]+' },
}

/** @throws Error that says what is wrong with the template */
export function compileUriTemplate(template: string): UriTemplate {
  const variables: string[] = []
  const query: string[] = []
  const groups: string[] = []
  let pattern = ''
  let afterVariable = false
  for (const part of template.split(/(\{[^{}]*\})/)) {
    if (part === '') continue
    if (!part.startsWith('{')) {
      if (/[{}]/.test(part)) throw new Error(`"${template}" has a brace without its partner.`)
      if (query.length > 0) throw new Error('{?...} must stand at the end.')
      pattern += RegExp.escape(part)
      afterVariable = false
      continue
    }
    const [, operator = '', list = ''] = /^\{([+#./?&]?)(.*)\}$/.exec(part) ?? []
    const names = list.split(',').map((name) => readName(name, part, variables))
    if (operator === '?' || operator === '&') {
      query.push(...names)
      continue
    }
    const { first, separator, value } = OPERATORS[operator] as (typeof OPERATORS)['']
    if (afterVariable && first === '') throw new Error(`Two variables need text between them (before ${part}).`)
    if (names.length === 1 && list.endsWith('*') && operator === '/') pattern += '/(.+)'
    else pattern += first + names.map(() => `(${value})`).join(separator)
    groups.push(...names)
    afterVariable = true
  }
  if (variables.length === 0) throw new Error('It has no variable: use `uri` instead.')
  const expression = new RegExp(`^${pattern}${query.length > 0 ? '(?:[?&]([^#]*))?' : ''}$`)
  return { variables, match: (uri) => matchUri(expression, groups, query, uri) }
}

function readName(text: string, part: string, seen: string[]): string {
  const name = text.replace(/\*$/, '')
  if (!/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/.test(name)) throw new Error(`${part} is not a form that is understood: names are letters, digits and "_".`)
  if (seen.includes(name)) throw new Error(`The variable "${name}" stands in it twice.`)
  seen.push(name)
  return name
}

function matchUri(expression: RegExp, groups: readonly string[], query: readonly string[], uri: string): Record<string, string> | undefined {
  const match = expression.exec(uri)
  if (!match) return undefined
  const values: Record<string, string> = {}
  try {
    for (const [index, name] of groups.entries()) values[name] = decodeURIComponent(match[index + 1] as string)
  } catch {
    // A broken %-escape: not a URI of this template.
    return undefined
  }
  const given = new URLSearchParams(match[groups.length + 1])
  for (const name of query) {
    const value = given.get(name)
    if (value !== null) values[name] = value
  }
  return values
}
