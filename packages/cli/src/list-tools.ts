import type { ToolOverview, ToolPage } from '@tooldock/server/tools/tool'
import type { Api } from './api.ts'

const PAGE = 500

/** Every tool of a namespace, disabled ones included. */
export async function listTools(api: Api, namespace: string): Promise<readonly ToolOverview[]> {
  const tools: ToolOverview[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await api.get<ToolPage>('/api/tools', { namespace, limit: PAGE, cursor })
    tools.push(...page.tools)
    if (page.nextCursor === null) return tools
    cursor = page.nextCursor
  }
}
