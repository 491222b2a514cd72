import { runCli } from './run-cli.ts'

// Whoever reads the output has read enough: `tooldock list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
// Those of Node.js are for developers: the doctor asks it for something that is marked as experimental.
process.removeAllListeners('warning')
process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
})
