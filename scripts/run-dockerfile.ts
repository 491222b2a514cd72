// By hand, as root on Debian: executes every step of the Dockerfile in a clean folder, starts the result, asks its health
// check, calls a tool and stops it. It takes some minutes; `npm test` does the same for the last stage alone.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage, confined } from '../test/packaging/image.ts'
import { startGateway } from '../test/system/gateway.ts'

const folder = mkdtempSync(join(tmpdir(), 'tooldock-image-'))
chmodSync(folder, 0o755)
try {
  const say = (line: string): void => console.log(`[dockerfile] ${line}`)
  const image = buildImage({ folder, say })
  const { HOST: _, ...env } = image.env
  const gateway = await startGateway({ command: confined(image.command), dataDir: image.dataDir, env: { ...env, NODE_COMPILE_CACHE: undefined } })
  try {
    const [program, ...args] = confined(image.healthCheck)
    const { status } = spawnSync(program, args, { env: { ...image.env, ADMIN_PORT: String(gateway.port) } })
    if (status !== 0) throw new Error(`The health check ended with ${status}.`)
    const called = await gateway.rest('shared', 'text_statistics', { text: 'two words' })
    if (called.status !== 200) throw new Error(`The tool answered ${called.status}: ${called.text}`)
    say(`a tool answered ${called.text}`)
    await gateway.stop()
    say('stopped by SIGTERM with exit code 0')
  } finally {
    await gateway.dispose()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
