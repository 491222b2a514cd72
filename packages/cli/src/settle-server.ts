import { setTimeout as delay } from 'node:timers/promises'
import type { ServerStatus } from '@tooldock/server/servers/server-service'
import { type Api, apiPath } from './api.ts'
import { EXIT, type ExitCode } from './command.ts'
import { type Output, plain } from './output.ts'

/** How often the gateway is asked. */
const ASK_MS = 300
const UNDER_WAY: ReadonlySet<ServerStatus['state']> = new Set(['installing', 'starting', 'backing_off'])

/** Prints what happens to a server until nothing does any more, and how it ended. Fails when the server did. */
export async function settleServer(
  api: Api,
  begun: ServerStatus,
  { waits, json, output }: { readonly waits: boolean; readonly json: boolean; readonly output: Output },
): Promise<ExitCode | undefined> {
  let server = begun
  let said = 0
  while (waits && (UNDER_WAY.has(server.state) || server.change?.state === 'running')) {
    // A new installation begins its lines anew.
    if (server.progress.length < said) said = 0
    for (const line of server.progress.slice(said)) output.say(output.style('dim', `  ${plain(line)}`))
    said = server.progress.length
    await delay(ASK_MS)
    server = await api.get<ServerStatus>(apiPath`/api/servers/${server.namespace}`)
  }
  if (json) output.printJson(server)
  else printServer(server, output)
  return waits && (server.state === 'failed' || server.change?.state === 'failed') ? EXIT.failed : undefined
}

function printServer({ namespace, state, reason, tools, installed, change, lastLines }: ServerStatus, output: Output): void {
  const version = installed === null ? '' : ` ${installed.version}`
  output.print(`${namespace}${version}: ${state}${reason === null ? '' : ` (${plain(reason)})`}${state === 'running' ? `, ${tools} tools` : ''}`)
  if (change?.kind === 'upgrade') {
    output.print(
      `  ${change.dryRun ? 'would change' : 'change'} ${change.from ?? '-'} → ${change.to ?? '-'}: ${change.state}${change.message === null ? '' : `, ${plain(change.message)}`}`,
    )
    for (const [kind, { added, removed, changed }] of Object.entries(change.diff ?? {})) {
      for (const name of added) output.print(output.style('green', `  + ${kind} ${plain(name)}`))
      for (const name of removed) output.print(output.style('red', `  - ${kind} ${plain(name)}`))
      for (const { name } of changed) output.print(output.style('yellow', `  ~ ${kind} ${plain(name)}`))
    }
  }
  if (state === 'failed') for (const line of lastLines) output.say(output.style('dim', `  ${plain(line)}`))
}
