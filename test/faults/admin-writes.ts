import { resolve } from 'node:path'
import type { Gateway, HttpOptions, HttpReply } from '../system/gateway.ts'
import type { Random } from './_random.ts'
import type { AdminState } from './admin-state.ts'

const PROGRAM = resolve(import.meta.dirname, '../servers/fixture/server.mjs')
const OVERWRITE = { 'if-match': '*' }

/** A change that an administrator may ask for, and all that is there when it has happened. */
export interface AdminWrite {
  readonly what: string
  readonly send: (gateway: Gateway) => Promise<HttpReply>
  readonly after: AdminState
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends object ? Writable<T[K]> : T[K] }
type Make = (state: Writable<AdminState>, random: Random) => Omit<AdminWrite, 'after' | 'what'> | undefined

/** A file of one tool that has the file's name. */
export const toolFile = (name: string, words: string): string =>
  `import { defineTool } from 'tooldock'\nexport const ${name} = defineTool({ description: '${words}', handler: () => '${words}' })\n`

const word = (random: Random, prefix: string): string => `${prefix}${random.int(1_000_000).toString(36)}`
const toolOf = (path: string): string => path.replace('.ts', '')
const write = (path: string, body: unknown, { method = 'PUT', headers = {} }: HttpOptions = {}) => ({
  send: (gateway: Gateway) => gateway.http(`/api/${path}`, { method, headers, ...(body === undefined ? {} : { body }) }),
})
const remove = (path: string) => write(path, undefined, { method: 'DELETE', headers: OVERWRITE })
const pickKey = (of: object, random: Random): string | undefined => (Object.keys(of).length === 0 ? undefined : random.pick(Object.keys(of)))

/** What the tools of a namespace lose with it. */
function forgetTools(state: Writable<AdminState>, prefix: string): void {
  for (const kept of [state.overrides, state.examples]) for (const key of Object.keys(kept)) if (key.startsWith(prefix)) delete kept[key]
}

/** Each changes `state` as the write will, or answers undefined when there is nothing that it could change. */
const WRITES: Readonly<Record<string, Make>> = {
  'save a new file'(state, random) {
    const path = `${word(random, 'tool_')}.ts`
    const words = word(random, 'saved ')
    setFile(state, 'demo', path, words)
    return write(`namespaces/demo/files/${path}`, { content: toolFile(toolOf(path), words) })
  },
  'replace a file'(state, random) {
    const path = pickKey(toolFilesOf(state, 'demo'), random)
    if (path === undefined) return undefined
    const words = word(random, 'replaced ')
    setFile(state, 'demo', path, words)
    return write(`namespaces/demo/files/${path}`, { content: toolFile(toolOf(path), words) }, { headers: OVERWRITE })
  },
  'rename a file'(state, random) {
    const from = pickKey(toolFilesOf(state, 'demo'), random)
    const files = state.namespaces.demo?.files
    if (from === undefined || files === undefined) return undefined
    const to = `${word(random, 'renamed_')}.ts`
    files[to] = files[from] as string
    delete files[from]
    return write('namespaces/demo/rename', { from, to }, { method: 'POST', headers: OVERWRITE })
  },
  'upload files'(state, random) {
    const files = Array.from({ length: 2 + random.int(4) }, () => ({ path: `${word(random, 'up_')}.ts`, words: word(random, 'uploaded ') }))
    for (const { path, words } of files) setFile(state, 'demo', path, words)
    return write('namespaces/demo/upload', { files: files.map(({ path, words }) => ({ path, content: toolFile(toolOf(path), words) })) }, { method: 'POST' })
  },
  'delete a file'(state, random) {
    const path = pickKey(toolFilesOf(state, 'demo'), random)
    const namespace = state.namespaces.demo
    if (path === undefined || namespace === undefined) return undefined
    delete namespace.files[path]
    const tool = /const (\w+)/.exec(path)?.[1] ?? toolOf(path)
    delete namespace.tools[tool]
    forgetTools(state, `demo/${tool}`)
    return remove(`namespaces/demo/files/${path}`)
  },
  'create a namespace'(state, random) {
    const name = word(random, 'made-')
    state.namespaces[name] = { files: { 'tooldock.json': '{}\n' }, tools: {}, trouble: [] }
    return write('namespaces', { name }, { method: 'POST' })
  },
  'delete a namespace'(state, random) {
    const name = pickKey(
      Object.fromEntries(
        Object.keys(state.namespaces)
          .filter((key) => key.startsWith('made-'))
          .map((key) => [key, 1]),
      ),
      random,
    )
    if (name === undefined) return undefined
    delete state.namespaces[name]
    return remove(`namespaces/${name}?force=true`)
  },
  'make a key'(state, random) {
    const name = word(random, 'key-')
    state.keys = [...state.keys, name].sort()
    return write('keys', { name, role: 'caller' }, { method: 'POST' })
  },
  'set a secret'(state, random) {
    const name = word(random, 'SECRET_').toUpperCase()
    state.secrets = [...state.secrets, name].sort()
    return write(`secrets/${name}`, { value: word(random, 'value-') })
  },
  'remove a secret'(state, random) {
    if (state.secrets.length === 0) return undefined
    const name = random.pick(state.secrets)
    state.secrets = state.secrets.filter((each) => each !== name)
    return remove(`secrets/${name}`)
  },
  'make a bundle'(state, random) {
    const namespace = word(random, 'bundle-')
    state.bundles[namespace] = 'demo'
    return write('bundles', { namespace, entries: [{ namespace: 'demo' }] }, { method: 'POST' })
  },
  'change a bundle'(state, random) {
    const namespace = pickKey(state.bundles, random)
    const member = pickKey(state.namespaces, random)
    if (namespace === undefined || member === undefined || state.bundles[namespace] === member) return undefined
    state.bundles[namespace] = member
    return write(`bundles/${namespace}`, { entries: [{ namespace: member }] }, { method: 'PATCH' })
  },
  'delete a bundle'(state, random) {
    const namespace = pickKey(state.bundles, random)
    if (namespace === undefined) return undefined
    delete state.bundles[namespace]
    return remove(`bundles/${namespace}`)
  },
  'show a tool in other words'(state, random) {
    const tool = pickKey(state.namespaces.demo?.tools ?? {}, random)
    if (tool === undefined) return undefined
    const description = word(random, 'in other words ')
    state.overrides[`demo/${tool}`] = description
    Object.assign(state.namespaces.demo?.tools ?? {}, { [tool]: description })
    return write(`tools/demo/${tool}`, { override: { description } }, { method: 'PATCH' })
  },
  'keep an example'(state, random) {
    const tool = pickKey(state.namespaces.demo?.tools ?? {}, random)
    if (tool === undefined) return undefined
    const name = word(random, 'example-')
    state.examples[`demo/${tool}/${name}`] = { text: name }
    return write(`tools/demo/${tool}/examples/${name}`, { arguments: { text: name } })
  },
  'add a server'(state, random) {
    const namespace = word(random, 'server-')
    state.servers[namespace] = {}
    return write('servers', { namespace, kind: 'command', command: 'node', args: [PROGRAM, 'well'] }, { method: 'POST' })
  },
  'write a file of a server'(state, random) {
    const namespace = pickKey(state.servers, random)
    const files = namespace === undefined ? undefined : state.servers[namespace]
    if (files === undefined) return undefined
    const name = random.chance(0.5) ? 'settings.json' : `${word(random, 'file-')}.json`
    files[name] = JSON.stringify({ value: word(random, '') })
    return write(`servers/${namespace}/files/${name}`, { content: files[name] })
  },
  'remove a server'(state, random) {
    const namespace = pickKey(state.servers, random)
    if (namespace === undefined) return undefined
    delete state.servers[namespace]
    return remove(`servers/${namespace}`)
  },
}

function setFile(state: Writable<AdminState>, namespace: string, path: string, words: string): void {
  const found = state.namespaces[namespace]
  if (found === undefined) return
  const { files, tools } = found
  files[path] = toolFile(toolOf(path), words)
  tools[toolOf(path)] = state.overrides[`${namespace}/${toolOf(path)}`] ?? words
}

/** Files of the root folder that each hold the one tool of their name. */
function toolFilesOf(state: AdminState, namespace: string): Record<string, string> {
  const files = state.namespaces[namespace]?.files ?? {}
  return Object.fromEntries(Object.entries(files).filter(([path, text]) => /^\w+\.ts$/.test(path) && text.includes(`const ${toolOf(path)} =`)))
}

/** One that can be made now. */
export function randomWrite(state: AdminState, random: Random): AdminWrite {
  for (;;) {
    const write = writeOf(random.pick(writeKinds), state, random)
    if (write !== undefined) return write
  }
}

export const writeKinds: readonly string[] = Object.keys(WRITES)

/** One of a kind; undefined when there is nothing that it could change. */
export function writeOf(what: string, state: AdminState, random: Random): AdminWrite | undefined {
  const after = structuredClone(state) as Writable<AdminState>
  const made = WRITES[what]?.(after, random)
  return made === undefined ? undefined : { what, ...made, after }
}
