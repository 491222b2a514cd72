import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Backups } from '../../backup/backups.ts'
import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { bodyOf, check } from '../input.ts'

export interface BackupAdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax'>
  readonly backups: Backups
}

const BODY = z.strictObject({
  packages: z
    .boolean()
    .default(true)
    .meta({ description: 'Installed programs of servers and packages of tools: without them a restored gateway installs servers again.' }),
  secrets: z
    .boolean()
    .default(false)
    .meta({ description: "The administrator's token, the key of the secrets and the keys that sign: for the holder of the token alone." }),
})

/** Everything that is kept, as one file. */
export function registerBackupAdmin(app: FastifyInstance, { config, backups }: BackupAdminDeps): void {
  app.post(
    '/api/backup',
    {
      config: {
        api: {
          summary: 'Everything that is kept, as one tar.gz: database, tools, generations, what tools saved, servers',
          description: 'Streamed while the gateway serves; an answer that ends early is not a backup. `tooldock restore` reads it.',
          body: BODY,
          contentType: 'application/gzip',
        },
      },
    },
    async (request, reply) => {
      const options = check(BODY, bodyOf(request, config.jsonDepthMax), 'body')
      // Whoever has the token is the administrator for ever; a key can be taken back.
      if (options.secrets && request.principal.kind === 'key')
        throw new ToolDockError('forbidden', 'A backup with secrets holds the token of the administrator: only its holder may take one.')
      const { fileName, stream } = await backups.create(options)
      return reply.type('application/gzip').header('content-disposition', `attachment; filename="${fileName}"`).send(stream)
    },
  )
}
