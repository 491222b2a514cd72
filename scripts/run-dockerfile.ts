// By hand, as root on Debian: executes every step of the Dockerfile in a clean folder, starts the result, asks its health
// check, calls a tool and stops it. It takes some minutes; `npm test` does the same for the last stage alone.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkHealth, startContainer } from '../test/packaging/container.ts'
import { buildImage } from '../test/packaging/image.ts'

const folder = mkdtempSync(join(tmpdir(), 'tooldock-image-'))
chmodSync(folder, 0o755)
const say = (line: string): void => console.log(`[dockerfile] ${line}`)
try {
  const image = buildImage({ folder, say })
  const gateway = await startContainer(image)
  try {
    const health = checkHealth(image, gateway)
    if (health !== 0) throw new Error(`The health check ended with ${health}.`)
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
