import { exampleOf, resolve, typeOf } from './json-schema.js'
import { element, say } from './page.js'

const pretty = (value) => JSON.stringify(value, null, 2)
const parse = (text) => {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { problem: `This is not JSON: ${error.message}` }
  }
}

/**
 * How one kind of value is entered: `read()` gives `{ value }`, `{ problem }`, or `{}` for an argument that is left out.
 * A text that is no number is sent as it is: what is wrong with it is for the gateway to say.
 */
function inputFor(schema, root) {
  const { type, enum: values } = schema
  const choices = values ?? (type === 'boolean' ? [true, false] : undefined)
  if (choices !== undefined) {
    const options = choices.map((choice) => element('option', { value: JSON.stringify(choice), textContent: String(choice) }))
    const control = element('select', {}, element('option', { value: '', textContent: 'not set' }), ...options)
    return { control, read: () => (control.value === '' ? {} : { value: JSON.parse(control.value) }), encode: JSON.stringify }
  }
  if (type === 'number' || type === 'integer') {
    const control = element('input', { inputMode: 'decimal', autocomplete: 'off' })
    const number = () => (Number.isNaN(Number(control.value)) ? control.value : Number(control.value))
    return { control, read: () => (control.value.trim() === '' ? {} : { value: number() }), encode: String }
  }
  const control = element('textarea', { rows: type === 'string' ? 1 : 2, spellcheck: false })
  if (type === 'string') return { control, read: () => (control.value === '' ? {} : { value: control.value }), encode: String }
  control.placeholder = `JSON, for example ${JSON.stringify(exampleOf(schema, root))}`
  return { control, read: () => (control.value.trim() === '' ? {} : parse(control.value)), encode: pretty }
}

function createField(name, property, isRequired, root, id) {
  const schema = { ...resolve(property, root), ...property }
  const { control, read, encode } = inputFor(schema, root)
  const problem = element('p', { className: 'bad', id: `${id}-problem`, hidden: true })
  const note = element('p', { className: 'quiet', id: `${id}-note`, textContent: schema.description ?? '', hidden: schema.description === undefined })
  control.id = id
  control.setAttribute('aria-describedby', `${note.id} ${problem.id}`)
  if (isRequired) control.ariaRequired = 'true'
  const kind = element('span', { className: 'kind', textContent: ` ${typeOf(property, root)}${isRequired ? ', required' : ''}` })
  return {
    name,
    control,
    block: element('div', { className: 'field' }, element('label', { htmlFor: id }, name, kind), note, control, problem),
    read,
    write: (value) => {
      control.value = value === undefined ? '' : encode(value)
    },
    complain: (text) => {
      say(problem, text)
      control.ariaInvalid = String(text !== '')
    },
  }
}

/** The whole value as JSON; `name` is empty, as in a complaint about the value itself. */
function createJsonField(id) {
  const field = createField('', { description: 'All arguments as one JSON object.' }, false, {}, id)
  const label = element('label', { htmlFor: id, textContent: 'Arguments' })
  field.block.firstChild.replaceWith(label)
  field.control.rows = 4
  return field
}

/** Is `path` (`name`, `name.member`, `name[0]`) about the argument `name`? About the value itself everything is. */
const covers = (name, path) => name === '' || path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`)

/**
 * A form for the arguments of an operation, and the same value as JSON, which is all there is for a schema without
 * properties. `read()` gives the arguments, or undefined after it has said under a field what is wrong there.
 */
export function createArgumentsForm(schema, root, id) {
  const { properties, required } = resolve(schema, root)
  const names = Object.keys(properties ?? {})
  const fields = names.map((name, index) => createField(name, properties[name], required?.includes(name), root, `${id}-${index}`))
  const json = createJsonField(`${id}-json`)
  const hasNone = names.length === 0 && resolve(schema, root).additionalProperties === false
  const rest = element('p', { className: 'bad', hidden: true })
  const group = element('div', { className: 'fields' })
  const toggle = element('button', { type: 'button', className: 'plain' })
  let asJson = names.length === 0

  const shown = () => (asJson ? [json] : fields)
  const draw = () => {
    toggle.textContent = asJson ? 'Edit as form' : 'Edit as JSON'
    group.replaceChildren(...(hasNone ? [element('p', { className: 'quiet', textContent: 'It takes no arguments.' })] : shown().map(({ block }) => block)))
  }
  const clear = () => {
    for (const field of [...fields, json]) field.complain('')
    say(rest, '')
  }
  const fill = (value) => {
    for (const field of fields) field.write(value?.[field.name])
    json.write(value)
  }
  const focusFirst = () =>
    shown()
      .find(({ control }) => control.ariaInvalid === 'true')
      ?.control.focus()

  const read = () => {
    clear()
    const answers = shown().map((field) => ({ field, ...field.read() }))
    const wrong = answers.filter(({ problem }) => problem !== undefined)
    for (const { field, problem } of wrong) field.complain(problem)
    focusFirst()
    if (wrong.length > 0) return undefined
    if (asJson) return answers[0].value ?? {}
    return Object.fromEntries(answers.filter((answer) => 'value' in answer).map(({ field, value }) => [field.name, value]))
  }

  toggle.addEventListener('click', () => {
    const value = read()
    if (value === undefined) return
    fill(value)
    asJson = !asJson
    draw()
    shown()[0].control.focus()
  })
  const defaults = names.flatMap((name) => {
    const preset = properties[name].default ?? resolve(properties[name], root).default
    return preset === undefined ? [] : [[name, preset]]
  })
  fill(Object.fromEntries(defaults))
  draw()

  return {
    content: [group, rest],
    actions: names.length === 0 ? [] : [toggle],
    read,
    /** Shows each complaint of the gateway under its field; what belongs to none of them is shown below. */
    complain(complaints) {
      const byField = Map.groupBy(complaints, ({ path }) => shown().find(({ name }) => covers(name, path)))
      for (const [field, own] of byField) {
        const text = own.map(({ path, message }) => (path === (field?.name ?? '') ? message : `${path}: ${message}`)).join(' · ')
        if (field === undefined) say(rest, text)
        else field.complain(text)
      }
      focusFirst()
    },
  }
}
