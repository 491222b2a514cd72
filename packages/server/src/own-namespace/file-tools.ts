import { z } from 'zod'
import { apiPath, defineOwnTool, withQuery } from './define-own-tool.ts'
import { INSTRUCTIONS } from './instructions.ts'
import type { OwnTool } from './own-tool.types.ts'

const namespace = z.string().min(1).max(63).describe('Name of the namespace.')
const path = z.string().min(1).max(500).describe('Path of the file in the folder of the namespace, such as "add.ts".')
const content = z
  .string()
  .max(1 << 20)
  .describe('The whole text of the file.')
const etag = z.string().max(200).exactOptional().describe('The etag that read_file gave, when a file is to be replaced. Without it the file must be new.')
const file = z.strictObject({ path, content: content.nullable().describe('The whole text; null: as if the file were deleted.') })

/** A write replaces what was read, or nothing: two who write the same file never lose what the other wrote. */
const precondition = (given: string | undefined): Record<string, string> =>
  given === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${given.replaceAll('"', '')}"` }

/** Writing tools: from a template to a call. */
export const FILE_TOOLS: readonly OwnTool[] = [
  defineOwnTool({
    name: 'get_instructions',
    title: 'How to use these tools',
    description: 'Read this first: how tools are written, tried and published here, and how servers are found, checked and installed.',
    effect: 'read',
    input: z.strictObject({}),
    run: async () => ({ instructions: INSTRUCTIONS }),
  }),
  defineOwnTool({
    name: 'list_namespaces',
    title: 'List namespaces',
    description: 'Every namespace (a folder of tools, an installed server or a bundle) with its state, problems and addresses.',
    effect: 'read',
    input: z.strictObject({}),
    run: (_args, ask) => ask({ method: 'GET', path: '/namespaces' }),
  }),
  defineOwnTool({
    name: 'list_tools',
    title: 'List tools',
    description: 'Tools of all namespaces or of one, with their input schemas.',
    effect: 'read',
    input: z.strictObject({
      namespace: namespace.exactOptional(),
      search: z.string().max(200).exactOptional().describe('Words that all stand in name, title or description.'),
      limit: z.number().int().min(1).max(200).default(50),
      cursor: z.string().max(2000).exactOptional(),
    }),
    run: (args, ask) => ask({ method: 'GET', path: withQuery('/tools', args) }),
  }),
  defineOwnTool({
    name: 'get_template',
    title: 'Get a template',
    description: 'Files to begin with. Without an id: which templates there are.',
    effect: 'read',
    input: z.strictObject({ id: z.string().max(100).exactOptional() }),
    async run({ id }, ask) {
      const { templates } = (await ask({ method: 'GET', path: '/templates' })) as { templates: { id: string; title: string; description: string }[] }
      const template = templates.find((one) => one.id === id)
      return template ?? { templates: templates.map((one) => ({ id: one.id, title: one.title, description: one.description })) }
    },
  }),
  defineOwnTool({
    name: 'create_namespace',
    title: 'Create a namespace',
    description: 'Makes a folder for tools, empty or from a template, and publishes it.',
    effect: 'write',
    input: z.strictObject({ name: namespace, description: z.string().max(1000).exactOptional(), template: z.string().max(100).exactOptional() }),
    run: (body, ask) => ask({ method: 'POST', path: '/namespaces', body }),
  }),
  defineOwnTool({
    name: 'list_files',
    title: 'List files',
    description: 'The files of a namespace, with their etags.',
    effect: 'read',
    input: z.strictObject({ namespace }),
    run: (args, ask) => ask({ method: 'GET', path: apiPath`/namespaces/${args.namespace}/files` }),
  }),
  defineOwnTool({
    name: 'read_file',
    title: 'Read a file',
    description: 'The text of a file and its etag.',
    effect: 'read',
    input: z.strictObject({ namespace, path }),
    run: (args, ask) => ask({ method: 'GET', path: apiPath`/namespaces/${args.namespace}/files/${args.path}` }),
  }),
  defineOwnTool({
    name: 'validate_tool',
    title: 'Validate files',
    description: 'Loads the folder with these files in a sandbox and reports every problem with file, line and column. Nothing is written.',
    effect: 'read',
    input: z.strictObject({ namespace, files: z.array(file).min(1).max(50) }),
    run: (args, ask) => ask({ method: 'POST', path: apiPath`/namespaces/${args.namespace}/validate`, body: { files: args.files } }),
  }),
  defineOwnTool({
    name: 'dry_run',
    title: 'Try a file',
    description: 'What write_file would change in the lists of the namespace. Nothing is written or published.',
    effect: 'read',
    input: z.strictObject({ namespace, path, content, etag }),
    run: (args, ask) =>
      ask({
        method: 'PUT',
        path: `${apiPath`/namespaces/${args.namespace}/files/${args.path}`}?dryRun=true`,
        headers: precondition(args.etag),
        body: { content: args.content },
      }),
  }),
  defineOwnTool({
    name: 'write_file',
    title: 'Write a file',
    description: 'Writes a file and publishes the namespace with it, when the folder loads; otherwise nothing changes. Earlier versions are kept.',
    effect: 'write',
    input: z.strictObject({ namespace, path, content, etag }),
    run: (args, ask) =>
      ask({
        method: 'PUT',
        path: apiPath`/namespaces/${args.namespace}/files/${args.path}`,
        headers: precondition(args.etag),
        body: { content: args.content },
      }),
  }),
  defineOwnTool({
    name: 'delete_file',
    title: 'Delete a file',
    description: 'Deletes a file and publishes the namespace without it, when the folder loads so. A person is asked first.',
    effect: 'destroy',
    input: z.strictObject({ namespace, path, etag: z.string().max(200).describe('The etag that read_file gave.') }),
    confirm: (args) => `Delete the file "${args.path}" of the namespace "${args.namespace}"? Tools that are written in it go with it.`,
    run: (args, ask) => ask({ method: 'DELETE', path: apiPath`/namespaces/${args.namespace}/files/${args.path}`, headers: precondition(args.etag) }),
  }),
  defineOwnTool({
    name: 'reload_namespace',
    title: 'Reload a namespace',
    description: 'Publishes the folder as it is now; when it does not load, what was published stays.',
    effect: 'write',
    idempotent: true,
    input: z.strictObject({ namespace }),
    run: (args, ask) => ask({ method: 'POST', path: apiPath`/reload/${args.namespace}` }),
  }),
]
