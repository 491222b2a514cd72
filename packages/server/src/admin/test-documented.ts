import { Ajv2020 } from 'ajv/dist/2020.js'

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>
}

/** For tests: what an answer of the admin API has that its document does not say; empty when they agree. */
export type FindUndocumented = (method: string, path: string, status: number, answer: unknown) => readonly string[]

/** Reads the document of the gateway at `url`. */
export async function readDocumented(url: string, token: string): Promise<FindUndocumented> {
  const response = await fetch(`${url}/api/openapi.json`, { headers: { authorization: `Bearer ${token}` } })
  const document = (await response.json()) as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>; readonly components: object }
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  const routes = Object.entries(document.paths).map(([template, methods]) => ({ pattern: toPattern(template), template, methods }))
  routes.sort((a, b) => a.template.split('{').length - b.template.split('{').length)
  return (method, path, status, answer) => {
    const route = routes.find(({ pattern, methods }) => pattern.test(path.split('?')[0] ?? '') && methods[method.toLowerCase()] !== undefined)
    const operation = route?.methods[method.toLowerCase()]
    if (operation === undefined) return [`${method} ${path} is not in the document`]
    // 200 and 202 of one operation have one form.
    const schema = Object.entries(operation.responses).find(([code]) => code !== 'default')?.[1].content?.['application/json']?.schema
    if (status >= 300) return []
    if (schema === undefined) return [`${method} ${route?.template} has no schema of its answer`]
    const validate = ajv.compile({ ...schema, components: document.components })
    return validate(answer) ? [] : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
  }
}

const toPattern = (template: string): RegExp => new RegExp(`^${template.replace(/\{path\}/g, '.+').replace(/\{\w+\}/g, '[^/]+')}$`)
