import { type App, createApp } from './app.ts'
import { loadSources } from './config/describe-settings.ts'
import { ConfigError, loadConfig } from './config/load-config.ts'
import { ToolDockError } from './errors/tooldock-error.ts'
import { StartError } from './kernel/start-error.ts'
import { startMessage } from './start-message.ts'

/** npm passes one Ctrl-C on twice within a millisecond: what comes this soon is the same signal. */
const SAME_SIGNAL_MS = 1000

/** Reads the settings, starts, stops on SIGTERM and SIGINT. Exit codes: 0 stopped as asked, 1 could not start or was asked twice. */
async function main(): Promise<void> {
  const app = await createApp(loadConfig(), loadSources())
  stopOnSignal(app)
  try {
    await app.start()
  } catch (error) {
    await app.close()
    throw error
  }
  process.stdout.write(startMessage(app.started(), process.stdout.isTTY === true))
}

function stopOnSignal(app: App): void {
  let firstAtMs: number | undefined
  const stop = (): void => {
    const nowMs = performance.now()
    if (firstAtMs !== undefined) {
      if (nowMs - firstAtMs > SAME_SIGNAL_MS) process.exit(1)
      return
    }
    firstAtMs = nowMs
    app.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

/** What a person can mend is said in one line each; anything else is a fault of ours and shows where. */
function fail(error: unknown): never {
  const lines =
    error instanceof ConfigError
      ? error.problems.map(({ env, message }) => `${env} ${message}`)
      : error instanceof ToolDockError || error instanceof StartError
        ? [error.message]
        : [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  for (const line of lines) process.stderr.write(`tooldock: ${line}\n`)
  process.exit(1)
}

await main().catch(fail)
