import type { Gateway } from '../system/gateway.ts'

/** All that an administrator can change, as the API shows it: what must be there after a death is compared with this. */
export interface AdminState {
  /** Of native namespaces: the text of each file, and what is published of it: the description of each tool by name. */
  readonly namespaces: Record<string, { readonly files: Record<string, string>; readonly tools: Record<string, string>; readonly trouble: string[] }>
  /** Description of each tool as it is shown in other words, by `namespace/tool`. */
  readonly overrides: Record<string, string>
  readonly examples: Record<string, unknown>
  /** The member of each bundle. */
  readonly bundles: Record<string, string>
  readonly keys: string[]
  readonly secrets: string[]
  /** Configuration files of each server. */
  readonly servers: Record<string, Record<string, string>>
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of each answer is the API's own test's matter
type Json = any

export async function stateOf(gateway: Gateway): Promise<AdminState> {
  const get = async (path: string): Promise<Json> => {
    const reply = await gateway.http(`/api/${path}`)
    if (reply.status !== 200) throw new Error(`GET /api/${path} answered ${reply.status} ${reply.text}`)
    return reply.json
  }
  const [{ namespaces }, { tools }, { bundles }, { keys }, { secrets }, { servers }] = await Promise.all(
    ['namespaces', 'tools?limit=500', 'bundles', 'keys', 'secrets', 'servers'].map(get),
  )
  const native: AdminState['namespaces'] = {}
  for (const { name, kind, state, unpublishedChanges, problems } of namespaces) {
    if (kind !== 'native') continue
    const { files } = await get(`namespaces/${name}/files`)
    native[name] = {
      files: Object.fromEntries(await Promise.all(files.map(async ({ path }: Json) => [path, (await get(`namespaces/${name}/files/${path}`)).content]))),
      tools: Object.fromEntries(tools.filter((tool: Json) => tool.namespace === name).map((tool: Json) => [tool.name, tool.description])),
      trouble: [
        ...(state === 'published' ? [] : [state]),
        ...(unpublishedChanges ? ['unpublished changes'] : []),
        ...files.filter((file: Json) => file.draft).map((file: Json) => `a draft of ${file.path}`),
        ...problems.map(({ message }: Json) => message),
      ],
    }
  }
  const overridden = tools.filter((tool: Json) => tool.override !== null)
  const natives = tools.filter((tool: Json) => tool.kind === 'native')
  const examples = await Promise.all(
    natives.map(async ({ namespace, name }: Json) => {
      const found = (await get(`tools/${namespace}/${name}/examples`)).examples
      return found.map((example: Json) => [`${namespace}/${name}/${example.name}`, example.arguments])
    }),
  )
  const serverFiles = servers.map(async ({ namespace }: Json) => {
    const { files } = await get(`servers/${namespace}/files`)
    const texts = await Promise.all(files.map(async ({ name }: Json) => [name, (await get(`servers/${namespace}/files/${name}`)).content]))
    return [namespace, Object.fromEntries(texts)]
  })
  return {
    namespaces: native,
    overrides: Object.fromEntries(overridden.map((tool: Json) => [`${tool.namespace}/${tool.name}`, tool.override.description])),
    examples: Object.fromEntries(examples.flat()),
    bundles: Object.fromEntries(bundles.map((bundle: Json) => [bundle.namespace, bundle.config.entries[0]?.namespace])),
    keys: keys.map(({ name }: Json) => name).sort(),
    secrets: secrets.map(({ name }: Json) => name).sort(),
    servers: Object.fromEntries(await Promise.all(serverFiles)),
  }
}
