/** What a model reads before it uses the own namespace. */
export const INSTRUCTIONS = `# ToolDock, from the inside

These tools change the ToolDock that serves them. A namespace is a folder of TypeScript tools, an external MCP server that ToolDock runs, or a bundle of parts of others.

## Write a tool
1. list_namespaces; create_namespace when there is none for it.
2. get_template, without an id to see which there are.
3. Write the file. Every exported definition is published:

   import { defineTool } from 'tooldock'
   import { z } from 'zod'

   export const add = defineTool({
     description: 'Adds two numbers.',
     input: z.object({ a: z.number(), b: z.number() }),
     output: z.object({ sum: z.number() }),
     annotations: { readOnlyHint: true },
     handler: ({ a, b }, ctx) => ({ sum: a + b }),
   })

   ctx has signal, progress(), log, elicit(), sample(), env, dataDir. Relative imports name the file with its ending. No enums, decorators or parameter properties: types are removed, not compiled. "tooldock" and "zod" are there; other packages are installed by a person.
4. validate_tool until there are no problems; each names file, line and column.
5. dry_run shows what would change in the lists.
6. write_file publishes. Of a file that exists give the etag of read_file; when somebody else wrote it meanwhile you are refused: read it again.
7. reload_namespace, if the folder was changed by other means. What does not load changes nothing.
8. call_tool to try it; read_output and list_recent_calls when it does not do what it should.

## Install a server
1. search_registry, or know a package, git address, command or URL.
2. check_server_safety, and tell the person what it says.
3. install_server. A person is asked. It goes on after the answer: get_server until its state is "running", or "failed" with a reason and last lines.
4. list_tools of its namespace, call_tool.

## Rules
- Secrets never pass through here. list_secrets knows their names; refer to one as \${secret:NAME}. A person sets its value in the web UI.
- Tools that lose something, and install_server, ask a person first. A client that cannot ask is refused; then have a person do it in the web UI.
`
