import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { bodyOf, check } from '../input.ts'
import type { ServerAdminDeps } from './server-admin-deps.ts'
import { FILE_CONTENT_RESPONSE, FILE_RESPONSE, FILES_RESPONSE, REMOVED_RESPONSE } from './server-responses.ts'

const NOTHING = z.strictObject({})
const SERVER = z.strictObject({ ns: z.string() })
const FILE = z.strictObject({ ns: z.string(), '*': z.string() })
/** Text, or bytes in base64. */
const FILE_BODY = z.strictObject({ content: z.string(), encoding: z.enum(['utf8', 'base64']).default('utf8') })

/** The configuration files of a server: a name never leads out of its folder. */
export function registerFileRoutes(app: FastifyInstance, { config, servers, files }: ServerAdminDeps): void {
  const fileOf = ({ params, query }: FastifyRequest): { namespace: string; name: string } => {
    check(NOTHING, query, 'query')
    const { ns, '*': name } = check(FILE, params, 'path')
    return { namespace: servers.get(ns).namespace, name }
  }

  app.get(
    '/api/servers/:ns/files',
    { config: { api: { summary: 'The configuration files of a server', response: FILES_RESPONSE } } },
    async ({ params, query }) => {
      check(NOTHING, query, 'query')
      return { files: await files.list(servers.get(check(SERVER, params, 'path').ns).namespace) }
    },
  )

  app.get('/api/servers/:ns/files/*', { config: { api: { summary: 'Reads a configuration file', response: FILE_CONTENT_RESPONSE } } }, async (request) => {
    const { namespace, name } = fileOf(request)
    const content = await files.read(namespace, name)
    const text = content.toString()
    return Buffer.from(text).equals(content) ? { name, encoding: 'utf8', content: text } : { name, encoding: 'base64', content: content.toString('base64') }
  })

  app.put(
    '/api/servers/:ns/files/*',
    { config: { api: { summary: 'Writes a configuration file', body: FILE_BODY, response: FILE_RESPONSE } } },
    async (request) => {
      const { namespace, name } = fileOf(request)
      const { content, encoding } = check(FILE_BODY, bodyOf(request, config.jsonDepthMax), 'body')
      return files.write(namespace, name, Buffer.from(content, encoding))
    },
  )

  app.delete('/api/servers/:ns/files/*', { config: { api: { summary: 'Removes a configuration file', response: REMOVED_RESPONSE } } }, async (request) => {
    const { namespace, name } = fileOf(request)
    await files.remove(namespace, name)
    return { removed: name }
  })
}
