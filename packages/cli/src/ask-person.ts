import type { Input } from './input.ts'
import type { InputRequest, JsonObject } from './mcp-call.ts'
import { type Output, plain } from './output.ts'

/** One field of a form, as MCP's restricted schemas of an elicitation describe it. */
interface Field {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly oneOf?: readonly Choice[]
  readonly items?: { readonly enum?: readonly string[]; readonly anyOf?: readonly Choice[] }
}
interface Choice {
  readonly const: string
  readonly title?: string
}

const DECLINED = { action: 'decline' }

/** Puts a question of a tool to whoever sits at the terminal; without one it is declined. */
export async function askPerson({ method, params }: InputRequest, { input, output }: { readonly input: Input; readonly output: Output }): Promise<JsonObject> {
  const message = typeof params.message === 'string' ? plain(params.message) : ''
  if (!input.isTerminal || method !== 'elicitation/create') {
    output.say(`The tool asks: ${message}`)
    output.say('There is no terminal to answer at: declined.')
    return DECLINED
  }
  output.say(output.style('bold', message))
  if (params.mode === 'url') return askToOpen(String(params.url), input)
  const { properties = {}, required = [] } = (params.requestedSchema ?? {}) as {
    readonly properties?: Readonly<Record<string, Field>>
    readonly required?: readonly string[]
  }
  output.say(output.style('dim', 'An empty answer takes what is in brackets; where something is needed it declines.'))
  const content: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(properties)) {
    const value = await askField(name, field, { input, output })
    if (value !== undefined) content[name] = value
    else if (required.includes(name)) return DECLINED
  }
  return { action: 'accept', content }
}

async function askToOpen(url: string, input: Input): Promise<JsonObject> {
  const answer = await input.ask(`Open ${plain(url)}\nDone? [y/N] `)
  return /^y(es)?$/i.test(answer?.trim() ?? '') ? { action: 'accept' } : DECLINED
}

/** Asks until the answer is one; undefined: there was none. */
async function askField(name: string, field: Field, { input, output }: { readonly input: Input; readonly output: Output }): Promise<unknown> {
  const choices = choicesOf(field)
  const label = plain(field.title ?? name)
  if (field.description !== undefined) output.say(output.style('dim', plain(field.description)))
  for (const [i, choice] of choices.entries()) output.say(`  ${i + 1} ${plain(choice.title ?? choice.const)}`)
  const preset = field.default === undefined ? '' : ` [${plain(String(field.default))}]`
  for (;;) {
    const text = (await input.ask(`${label}${field.type === 'boolean' ? ' (y/n)' : ''}${preset}: `))?.trim()
    if (text === undefined || text === '') return field.default
    const value = read(text, field, choices)
    if (value !== undefined) return value
    output.say(choices.length > 0 ? 'Answer with the number or the name of a choice.' : `That is no ${field.type}.`)
  }
}

function choicesOf({ enum: names, oneOf, items }: Field): readonly Choice[] {
  return oneOf ?? items?.anyOf ?? (names ?? items?.enum ?? []).map((name) => ({ const: name }))
}

/** Undefined: it is no answer to this field. */
function read(text: string, { type }: Field, choices: readonly Choice[]): unknown {
  const choose = (part: string): string | undefined =>
    (choices[Number(part) - 1] ?? choices.find((choice) => choice.const === part || choice.title === part))?.const
  if (type === 'array') {
    const chosen = text.split(',').map((part) => choose(part.trim()))
    return chosen.includes(undefined) ? undefined : chosen
  }
  if (choices.length > 0) return choose(text)
  if (type === 'boolean') return /^(y(es)?|true)$/i.test(text) ? true : /^(n(o)?|false)$/i.test(text) ? false : undefined
  if (type === 'number' || type === 'integer') {
    const number = Number(text)
    return Number.isNaN(number) || (type === 'integer' && !Number.isInteger(number)) ? undefined : number
  }
  return text
}
