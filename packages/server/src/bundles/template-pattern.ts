const EXPRESSION = /\{([+#./;?&]?)[^{}]*\}/g

/** A pattern for the URIs that a template (RFC 6570) can become. A variable without an operator holds no reserved character. */
export function templatePattern(template: string): RegExp {
  let source = ''
  let end = 0
  for (const match of template.matchAll(EXPRESSION)) {
    source += RegExp.escape(template.slice(end, match.index)) + (match[1] === '' ? '[^/?#]*' : '.*')
    end = match.index + match[0].length
  }
  return new RegExp(`^${source}${RegExp.escape(template.slice(end))}$`, 's')
}
