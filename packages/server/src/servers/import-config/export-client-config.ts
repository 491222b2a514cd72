import type { ServerConfig, ServerSource } from '../server.types.ts'

/** The configuration that desktop clients read; `${secret:NAME}` becomes `${NAME}`, so no secret leaves and an import finds it again. */
export function exportClientConfig(servers: readonly ServerConfig[]): { readonly mcpServers: Readonly<Record<string, Record<string, unknown>>> } {
  return { mcpServers: Object.fromEntries(servers.map((server) => [server.namespace, exportEntry(server)])) }
}

function exportEntry({ source, env, autoStart, title, namespace }: ServerConfig): Record<string, unknown> {
  return {
    ...(title === undefined || title === namespace ? {} : { title }),
    ...exportSource(source),
    ...(Object.keys(env).length === 0 ? {} : { env: withoutSecrets(env) }),
    ...(autoStart ? {} : { disabled: true }),
  }
}

function exportSource(source: ServerSource): Record<string, unknown> {
  switch (source.kind) {
    case 'npm': {
      const spec = source.version === undefined ? source.package : `${source.package}@${source.version}`
      return { command: 'npx', args: source.bin === undefined ? ['-y', spec, ...source.args] : ['-y', '-p', spec, source.bin, ...source.args] }
    }
    case 'pypi': {
      const spec = source.version === undefined ? source.package : `${source.package}==${source.version}`
      return { command: 'uvx', args: source.bin === undefined ? [spec, ...source.args] : ['--from', spec, source.bin, ...source.args] }
    }
    case 'git':
      // No client clones; whoever reads it sees where the program comes from.
      return { command: source.command ?? '', args: source.args, repository: source.url, ...(source.ref === undefined ? {} : { ref: source.ref }) }
    case 'command':
      return { command: source.command, args: source.args }
    case 'remote':
      return {
        ...(source.transport === 'auto' ? {} : { type: source.transport === 'sse' ? 'sse' : 'http' }),
        url: source.url,
        ...(Object.keys(source.headers).length === 0 ? {} : { headers: withoutSecrets(source.headers) }),
      }
  }
}

function withoutSecrets(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.replaceAll(/\$\{secret:([A-Za-z_][A-Za-z0-9_]*)\}/g, '${$1}')]))
}
