import { InputUnsupportedError } from '../../sdk/src/errors.ts'
import type { InputRequest } from '../../sdk/src/input.ts'

type Capabilities = Readonly<Record<string, unknown>>

/**
 * A server must not ask for what the client did not declare (MCP 2026-07-28, basic/patterns/mrtr).
 * @throws InputUnsupportedError naming the capability
 */
export function requireCapability(request: InputRequest, capabilities: Capabilities): void {
  const missing = missingCapability(request, capabilities)
  if (missing) throw new InputUnsupportedError(missing)
}

function missingCapability({ method, params }: InputRequest, capabilities: Capabilities): Capabilities | undefined {
  switch (method) {
    case 'elicitation/create': {
      const declared = capabilities.elicitation as { form?: object; url?: object } | undefined
      if (params?.mode === 'url') return declared?.url ? undefined : { elicitation: { url: {} } }
      // `{}` means form, as it did before there was another mode.
      return declared && (declared.form || !declared.url) ? undefined : { elicitation: {} }
    }
    case 'sampling/createMessage': {
      const declared = capabilities.sampling as { tools?: object } | undefined
      if (params?.tools !== undefined || params?.toolChoice !== undefined) return declared?.tools ? undefined : { sampling: { tools: {} } }
      return declared ? undefined : { sampling: {} }
    }
    case 'roots/list':
      return capabilities.roots ? undefined : { roots: {} }
  }
}
