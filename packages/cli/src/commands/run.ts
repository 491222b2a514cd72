import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createLineReader } from '@tooldock/server/upstream/line-framing'
import { ApiError } from '../api.ts'
import { defineCommand, EXIT } from '../command.ts'
import { describeReloadFailure } from '../describe-reload-failure.ts'
import type { PrivateGateway } from '../run/private-gateway.ts'

const LINE_BYTES_MAX = 64 * 1024 * 1024
/** Whoever ends the input may still wait for answers, though not for long: clients kill what does not end. */
const LAST_ANSWERS_MS = 1000

export const run = defineCommand({
  name: 'run',
  summary: 'Serve one folder of tools as an MCP server on stdin and stdout, for a client that wants no gateway.',
  usage: ['<folder>'],
  details: [
    'It speaks every revision of MCP, loads the folder in the sandbox as a gateway does, and ends when stdin does. In the client:',
    '  {"mcpServers": {"notes": {"command": "npx", "args": ["tooldock", "run", "/path/to/notes"]}}}',
  ].join('\n'),
  options: {
    name: { type: 'string', value: '<name>', doc: 'What the namespace is called, instead of the name of the folder.' },
    'data-dir': { type: 'string', value: '<folder>', doc: 'Keep here what the tools save; one run at a time. Without it nothing is kept.' },
    'accept-permissions': { type: 'boolean', doc: 'Accept what tooldock.json requests beyond the sandbox.' },
  },
  argsMin: 1,
  argsMax: 1,
  async run({ args: [folder = ''], options, input, output, env, cwd }) {
    const dataDir = options['data-dir']
    const ended = Promise.withResolvers<void>()
    const stopped = Promise.withResolvers<void>()
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stopped.resolve())
    const { openPrivateGateway, createStdioBridge } = await loadGateway()
    let gateway: PrivateGateway
    try {
      gateway = await openPrivateGateway({
        folder: resolve(cwd, folder),
        name: options.name,
        dataDir: dataDir === undefined ? undefined : resolve(cwd, dataDir),
        acceptPermissions: options['accept-permissions'] === true,
        env,
      })
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'reload_failed') throw error
      for (const line of describeReloadFailure(error)) output.say(line)
      return EXIT.failed
    }
    const bridge = createStdioBridge({ api: gateway.api, namespace: gateway.namespace, write: output.print, say: output.say })
    input.readBytes(
      createLineReader({
        onLine: bridge.take,
        bytesMaxOf: () => LINE_BYTES_MAX,
        onTooLong: () => output.say(`tooldock: a message of more than ${LINE_BYTES_MAX} bytes was thrown away`),
      }),
      ended.resolve,
    )
    const answered = ended.promise.then(() => Promise.race([bridge.answered(), delay(LAST_ANSWERS_MS, undefined, { ref: false })]))
    await Promise.race([stopped.promise, answered])
    bridge.close()
    await gateway.close()
    return EXIT.done
  },
})

/** A gateway is much to load, which no other command needs. */
async function loadGateway() {
  const [{ openPrivateGateway }, { createStdioBridge }] = await Promise.all([import('../run/private-gateway.ts'), import('../run/stdio-bridge.ts')])
  return { openPrivateGateway, createStdioBridge }
}
