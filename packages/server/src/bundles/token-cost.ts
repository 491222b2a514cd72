import type { ToolEntry } from '@tooldock/worker/protocol'
import type { TokenCost } from './bundle.types.ts'
import { DISCOVERY_TOOLS } from './search-tools.ts'

/** A rule of thumb for English and JSON; tokenizers differ. */
const CHARACTERS_PER_TOKEN = 4

/** About how many tokens the tool list costs a client in either mode of discovery. */
export function tokenCost(tools: Iterable<ToolEntry>): TokenCost {
  return { list: tokensOf([...tools]), search: tokensOf(DISCOVERY_TOOLS) }
}

function tokensOf(tools: readonly ToolEntry[]): number {
  const listed = tools.map(({ file: _file, timeoutSeconds: _timeout, ...visible }) => visible)
  return Math.ceil(JSON.stringify(listed).length / CHARACTERS_PER_TOKEN)
}
