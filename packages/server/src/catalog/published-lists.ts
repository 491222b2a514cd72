import type { Catalogue } from '@tooldock/worker/protocol'
import type { PublishedNamespace } from './snapshot.ts'

type Lists = Pick<PublishedNamespace, Exclude<keyof Catalogue, 'listMembers'> | 'toolsByName' | 'promptsByName'>

/** The lists of a namespace, and what calls find their entries by. */
export function publishedLists({ tools, resources, resourceTemplates, prompts, completions }: Catalogue): Lists {
  return {
    tools,
    resources,
    resourceTemplates,
    prompts,
    completions,
    toolsByName: new Map(tools.map((tool) => [tool.name, tool])),
    promptsByName: new Map(prompts.map((prompt) => [prompt.name, prompt])),
  }
}
